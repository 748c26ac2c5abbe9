#include "worker/leases/leases_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/json.h"
#include "lease/lease_item.h"
#include "worker/leases/leases_lineage.h"
#include "worker/startup_rules.h"

enum { PAGES_CEILING = 100000, FIRST_ROWS = 256, PAGE_DEADLINE_MS = 60000 };

static struct dynamodb_limits limits_of(const struct leases_source *source)
{
    return (struct dynamodb_limits){.deadline_boot_ms = clock_boot_ms(source->clock) + PAGE_DEADLINE_MS,
                                    .cancel = source->cancel};
}

static struct status explain(const struct leases_source *source, const char *action, struct status failure)
{
    char resource[DYNAMODB_NAME_BYTES + 24];
    snprintf(resource, sizeof resource, "lease table '%s'", source->table);
    const struct startup_call call = {action, resource, source->region, "--app and --region",
                                      source->credentials};
    return startup_explain(&call, &failure);
}

static struct status wrong_shape(const struct leases_source *source, const char *why)
{
    return status_make(STATUS_CORRUPT,
                       "table '%.120s' is no lease table: %s; a lease table's key is 'leaseKey' (S) alone. "
                       "Name another with --app",
                       source->table, why);
}

/* DynamoDB refuses a GetItem by leaseKey from a table with another key. */
static struct status check_shape(const struct leases_source *source)
{
    cJSON *item = NULL;
    struct status status = leases_read_item(source, "penstock-shape", &item);
    cJSON_Delete(item);
    return status.code == STATUS_DENIED ? status_ok() : status; /* the scan will tell */
}

struct status leases_read_item(const struct leases_source *source, const char *key, cJSON **ret_item)
{
    cJSON *tree = lease_item_make_key(key);
    if (tree == NULL) {
        return status_no_memory("a lease's key", strlen(key));
    }
    struct dynamodb_limits limits = limits_of(source);
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct status status = dynamodb_get_item(source->dynamodb, source->table, tree, &limits, &row);
    cJSON_Delete(tree);
    if (status.code == STATUS_INVALID) {
        return wrong_shape(source, "its key is another");
    }
    if (!status_is_ok(&status)) {
        return explain(source, "dynamodb:GetItem", status);
    }
    *ret_item = NULL;
    if (row.item.at != NULL) {
        status = json_parse(row.item, ret_item);
    }
    dynamodb_row_free(&row);
    return status;
}

/* When the page under way was asked for and read, for the rows on it. */
struct page_times {
    int64_t sent_boot_ms;
    int64_t read_boot_ms;
};

static struct status visit_tree(const struct leases_source *source, const struct leases_visitor *visitor,
                                const struct page_times *times, const cJSON *item, struct leases_pool *pool)
{
    struct leases_row row = {0};
    enum leases_row_kind kind = leases_row_read(item, pool, &row);
    if (kind == LEASES_ROW_NO_MEMORY) {
        return status_no_memory("a lease row", sizeof row);
    }
    if (kind == LEASES_ROW_KEYLESS) {
        return wrong_shape(source, "it has rows without a leaseKey");
    }
    row.sent_boot_ms = times->sent_boot_ms;
    row.read_boot_ms = times->read_boot_ms;
    row.since_boot_ms = times->read_boot_ms;
    return visitor->visit(visitor->context, item, kind, kind == LEASES_ROW_LEASE ? &row : NULL);
}

static struct status visit_item(const struct leases_source *source, const struct leases_visitor *visitor,
                                const struct page_times *times, struct slice item, struct leases_pool *pool)
{
    cJSON *tree = NULL;
    TRY(json_parse(item, &tree));
    struct status status = visit_tree(source, visitor, times, tree, pool);
    cJSON_Delete(tree);
    return status;
}

/* Reads the page behind *page into its place. */
static struct status visit_page(const struct leases_source *source, const struct leases_visitor *visitor,
                                struct dynamodb_page *page)
{
    struct dynamodb_limits limits = limits_of(source);
    struct page_times times = {.sent_boot_ms = clock_boot_ms(source->clock)};
    struct status status = dynamodb_scan_page(source->dynamodb, source->table, &limits, page);
    times.read_boot_ms = clock_boot_ms(source->clock);
    if (!status_is_ok(&status)) {
        return explain(source, "dynamodb:Scan", status);
    }
    struct leases_pool scratch = {0};
    struct leases_pool *pool = visitor->pool != NULL ? visitor->pool : &scratch;
    struct slice item;
    while (status_is_ok(&status) && dynamodb_page_take(page, &item)) {
        status = visit_item(source, visitor, &times, item, pool);
    }
    leases_pool_free(&scratch);
    return status;
}

struct status leases_read_each(const struct leases_source *source, const struct leases_visitor *visitor)
{
    TRY(check_shape(source));
    struct dynamodb_page page = {.first = false};
    struct status status;
    size_t pages = 0;
    do {
        status = visit_page(source, visitor, &page);
        pages++;
    } while (status_is_ok(&status) && page.next.at != NULL && pages < PAGES_CEILING);
    if (status_is_ok(&status) && page.next.at != NULL) {
        status = status_make(STATUS_TOO_LARGE, "lease table '%s' scans in more than %d pages", source->table,
                             PAGES_CEILING);
    }
    dynamodb_page_free(&page);
    return status;
}

struct status leases_list_add(struct leases_list *list, const struct leases_row *row)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? FIRST_ROWS : list->capacity * 2;
        struct leases_row *grown = realloc(list->at, capacity * sizeof *grown);
        if (grown == NULL) {
            return status_no_memory("lease rows", capacity * sizeof *grown);
        }
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->count] = *row;
    list->count++;
    list->broken += leases_row_is_broken(row) ? 1 : 0;
    return status_ok();
}

static int compare_keys(const void *left, const void *right)
{
    const struct leases_row *const *a = left;
    const struct leases_row *const *b = right;
    return strcmp((*a)->key, (*b)->key);
}

static bool has_unfinished_parent(const struct leases_list *list, const struct leases_row *row)
{
    for (size_t i = 0; i < row->parents.count; i++) {
        size_t parent = 0;
        if (leases_lineage_find(list, row, row->parents.at[i], &parent) &&
            !leases_row_is_finished(list->by_key[parent]) && list->by_key[parent] != row) {
            return true;
        }
    }
    return false;
}

struct status leases_list_sort(struct leases_list *list)
{
    const struct leases_row **by_key = calloc(list->count + 1, sizeof(const struct leases_row *));
    if (by_key == NULL) {
        return status_no_memory("lease rows", list->count * sizeof(const struct leases_row *));
    }
    for (size_t i = 0; i < list->count; i++) {
        by_key[i] = &list->at[i];
    }
    qsort(by_key, list->count, sizeof(const struct leases_row *), compare_keys);
    free(list->by_key);
    list->by_key = by_key;
    for (size_t i = 0; i < list->count; i++) {
        list->at[i].waits = has_unfinished_parent(list, &list->at[i]);
    }
    return status_ok();
}

static struct status collect(void *context, const cJSON *item, enum leases_row_kind kind,
                             const struct leases_row *row)
{
    struct leases_list *list = context;
    (void)item;
    if (kind == LEASES_ROW_OTHER) {
        list->others++;
        return status_ok();
    }
    if (list->count == LEASES_ROWS_CEILING) {
        return status_make(STATUS_TOO_LARGE, "the lease table has more than %d rows", LEASES_ROWS_CEILING);
    }
    return leases_list_add(list, row);
}

struct status leases_read_all(const struct leases_source *source, struct leases_list *ret_list)
{
    struct leases_list list = {.began_boot_ms = clock_boot_ms(source->clock)};
    const struct leases_visitor visitor = {&list, collect, &list.pool};
    struct status status = leases_read_each(source, &visitor);
    if (status_is_ok(&status)) {
        status = leases_list_sort(&list);
    }
    if (!status_is_ok(&status)) {
        leases_list_free(&list);
        return status;
    }
    list.ended_boot_ms = clock_boot_ms(source->clock);
    *ret_list = list;
    return status;
}

void leases_list_free(struct leases_list *list)
{
    free(list->at);
    free(list->by_key);
    leases_pool_free(&list->pool);
    *list = (struct leases_list){0};
}
