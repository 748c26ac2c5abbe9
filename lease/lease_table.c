#include "lease/lease_table.h"

#include "lease/lease_expression.h"
#include "lease/lease_item.h"
#include "lease/lease_rules.h"

enum { ROWS_CEILING = 1000000, SHARDS_CEILING = 200000, PAGES_CEILING = 100000, LISTING_DEADLINE_MS = 60000 };

/* One attempt a write: after a retry inside the client nobody could say whether a throttled write was applied
 * by the attempt before. The rules retry. None waits for the adaptive retry mode: a lease that is not renewed in time
 * is lost. */
static struct dynamodb_limits write_limits(const struct lease_table_options *options)
{
    int64_t attempt_ms = lease_attempt_ms(options->failover_ms);
    return (struct dynamodb_limits){
        .attempt_timeout_ms = attempt_ms,
        .deadline_boot_ms = clock_boot_ms(options->clock) + attempt_ms,
        .max_attempts = 1,
        .cancel = options->cancel,
        .urgent = true,
    };
}

static struct dynamodb_limits read_limits(const struct lease_table_options *options)
{
    return (struct dynamodb_limits){
        .attempt_timeout_ms = lease_attempt_ms(options->failover_ms) * 2,
        .deadline_boot_ms = clock_boot_ms(options->clock) + options->failover_ms,
        .cancel = options->cancel,
    };
}

/* Appends what the page holds. */
static struct status add_items(const struct lease_table_options *options, struct dynamodb_page *page,
                               size_t ceiling, struct lease_rows *rows)
{
    while (dynamodb_page_next(page)) {
        struct lease lease;
        enum lease_item_result result = lease_item_read(&page->at, options->stream_arn, &lease);
        rows->foreign += result == LEASE_ITEM_FOREIGN ? 1 : 0;
        rows->broken += result == LEASE_ITEM_BROKEN || result == LEASE_ITEM_KEYLESS ? 1 : 0;
        if (result == LEASE_ITEM_FOREIGN || result == LEASE_ITEM_KEYLESS) {
            continue;
        }
        if (rows->count >= ceiling) {
            return status_make(STATUS_TOO_LARGE, "lease table '%s' holds more than %zu rows", options->table,
                               ceiling);
        }
        if (!lease_rows_add(rows, &lease)) {
            return status_no_memory("lease rows", rows->count * sizeof lease);
        }
    }
    return status_ok();
}

struct status lease_table_scan(const struct lease_table_options *options, size_t ceiling,
                               struct lease_rows *rows)
{
    struct dynamodb_page page = {.first = false};
    struct status status = status_ok();
    for (size_t pages = 0; pages < PAGES_CEILING; pages++) {
        struct dynamodb_limits limits = read_limits(options);
        status = dynamodb_scan_page(options->dynamodb, options->table, &limits, &page);
        if (status_is_ok(&status)) {
            status = add_items(options, &page, ceiling, rows);
        }
        if (!status_is_ok(&status) || page.next.at == NULL) {
            goto end;
        }
    }
    status = status_make(STATUS_TOO_LARGE, "lease table '%s' scans in more than %d pages", options->table,
                         PAGES_CEILING);
end:
    dynamodb_page_free(&page);
    return status;
}

static struct status scan(void *context, struct lease_rows *rows)
{
    return lease_table_scan(context, ROWS_CEILING, rows);
}

/* A row that came back; one that cannot be understood comes as broken. Takes `row` over. */
static void read_row(const struct lease_table_options *options, struct dynamodb_row *row, const char *key,
                     size_t *ret_row_count, struct lease *ret_row)
{
    struct json_cursor item = json_cursor_of(row->item);
    *ret_row_count = row->item.at == NULL ? 0 : 1;
    if (*ret_row_count > 0 && lease_item_read(&item, options->stream_arn, ret_row) != LEASE_ITEM_LEASE) {
        *ret_row = (struct lease){.broken = true};
        lease_copy_text(ret_row->key, sizeof ret_row->key, key);
    }
    dynamodb_row_free(row);
}

static struct status send(const struct lease_table_options *options, const struct lease_write *write,
                          const struct lease_expression *expression, struct dynamodb_row *ret_row)
{
    struct dynamodb_limits limits = write_limits(options);
    struct dynamodb_write request = {
        .table = options->table,
        .key = expression->key,
        .item = expression->item,
        .update = expression->update[0] == '\0' ? NULL : expression->update,
        .condition = expression->condition,
        .values = expression->values,
    };
    switch (write->kind) {
    case LEASE_WRITE_CREATE:
        return dynamodb_put_item(options->dynamodb, &request, &limits, ret_row);
    case LEASE_WRITE_DELETE:
        return dynamodb_delete_item(options->dynamodb, &request, &limits, ret_row);
    default:
        return dynamodb_update_item(options->dynamodb, &request, &limits, ret_row);
    }
}

static struct status write_row(void *context, const struct lease_write *write, size_t *ret_row_count,
                               struct lease *ret_row)
{
    const struct lease_table_options *options = context;
    struct lease_expression expression;
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct status status = lease_expression_make(write, options->me, options->stream_arn, &expression);
    if (status_is_ok(&status)) {
        status = send(options, write, &expression, &row);
        read_row(options, &row, write->row.key, ret_row_count, ret_row);
    }
    lease_expression_free(&expression);
    return status;
}

static struct status read_one(void *context, const char *key, size_t *ret_row_count, struct lease *ret_row)
{
    const struct lease_table_options *options = context;
    cJSON *item_key = lease_item_make_key(key);
    if (item_key == NULL) {
        return status_no_memory("a lease key", LEASE_KEY_BYTES);
    }
    struct dynamodb_limits limits = read_limits(options);
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct status status = dynamodb_get_item(options->dynamodb, options->table, item_key, &limits, &row);
    cJSON_Delete(item_key);
    if (status_is_ok(&status)) {
        read_row(options, &row, key, ret_row_count, ret_row);
    }
    return status;
}

static struct status list(void *context, const char *children_of, struct stream_description *ret_description)
{
    const struct lease_table_options *options = context;
    struct streams_limits limits = {
        .deadline_boot_ms = clock_boot_ms(options->clock) + LISTING_DEADLINE_MS,
        .cancel = options->cancel,
    };
    if (children_of == NULL) {
        return streams_describe(options->streams, options->stream_arn, SHARDS_CEILING, &limits,
                                ret_description);
    }
    return streams_describe_page(options->streams, options->stream_arn, NULL, children_of, &limits,
                                 ret_description);
}

struct lease_store lease_table_store(struct lease_table_options *options)
{
    return (struct lease_store){
        .context = options, .scan = scan, .write = write_row, .read = read_one, .list = list};
}
