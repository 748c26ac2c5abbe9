#include "worker/cost/cost_command.h"

#include <signal.h>
#include <stdio.h>

#include "worker/cost/cost_model.h"
#include "worker/exit_code.h"
#include "worker/leases/leases_print.h"
#include "worker/leases/leases_text.h"

enum { ITEMS_MOST = 8, PRICE_BYTES = 128, HEAD_CEILING = 64 * 1024 };

static const double CHANGES_MOST = 1e7;
static const double MILLION = 1e6;

/* A line of the bill. */
struct item {
    const char *name;
    double quantity; /* a month */
    const char *unit; /* empty: none */
    double dollars;
    bool in_total;
    char price[PRICE_BYTES];
};

struct bill {
    struct item items[ITEMS_MOST];
    const void *rows[ITEMS_MOST];
    size_t count;
};

static struct item *add(struct bill *bill, const char *name, double quantity, const char *unit,
                        double dollars)
{
    struct item *item = &bill->items[bill->count];
    *item = (struct item){.name = name, .quantity = quantity, .unit = unit, .dollars = dollars};
    bill->rows[bill->count++] = item;
    return item;
}

static void add_counted(struct bill *bill, const char *name, double quantity, const char *unit,
                        double dollars, const char *price)
{
    struct item *item = add(bill, name, quantity, unit, dollars);
    item->in_total = true;
    snprintf(item->price, sizeof item->price, "%s", price);
}

static void fill_bill(struct bill *bill, const struct cost_request *request,
                      const struct cost_estimate *estimate, const struct cost_prices *prices)
{
    char price[PRICE_BYTES];
    snprintf(price, sizeof price, "$%g for 100,000, %g million free", prices->at[COST_STREAMS_READS_100K],
             prices->at[COST_STREAMS_READS_FREE] / MILLION);
    add_counted(bill, "GetRecords calls", estimate->calls / MILLION, "million", estimate->calls_dollars,
                price);
    snprintf(price, sizeof price, "$%g, $%g above 500 TB, $%g above 2 PB", prices->at[COST_FIREHOSE_GB],
             prices->at[COST_FIREHOSE_GB_500TB], prices->at[COST_FIREHOSE_GB_2PB]);
    add_counted(bill, "Firehose, lines packed", estimate->firehose_gb, "GB", estimate->firehose_dollars,
                price);
    snprintf(price, sizeof price, "$%g a million", prices->at[COST_WRITE_MILLION]);
    add_counted(bill, "lease table, writes", estimate->write_units / MILLION, "million units",
                estimate->write_dollars, price);
    snprintf(price, sizeof price, "$%g a million", prices->at[COST_READ_MILLION]);
    add_counted(bill, "lease table, reads", estimate->read_units / MILLION, "million units",
                estimate->read_dollars, price);
    add(bill, "total", -1, "", estimate->total_dollars);
    add(bill, "(Firehose, were no lines packed)", estimate->firehose_gb_unpacked, "GB",
        estimate->firehose_unpacked_dollars);
    if (request->poll_budget > 0) {
        add(bill, "(GetRecords calls without --poll-budget)", estimate->calls_unlimited / MILLION, "million",
            estimate->calls_unlimited_dollars);
    }
}

/* ---- Columns ---- */

static struct status fill_name(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct item *)row)->name);
}

static struct status fill_quantity(const void *row, struct leases_cell *cell)
{
    const struct item *item = row;
    if (item->quantity < 0) {
        cell->kind = LEASES_CELL_NONE;
        return status_ok();
    }
    cell->kind = LEASES_CELL_RAW;
    return bytes_append_format(&cell->text, cell->json ? "%.6f" : "%.2f", item->quantity);
}

static struct status fill_unit(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct item *)row)->unit);
}

static struct status fill_dollars(const void *row, struct leases_cell *cell)
{
    cell->kind = LEASES_CELL_RAW;
    return bytes_append_format(&cell->text, cell->json ? "%.6f" : "%.2f",
                               ((const struct item *)row)->dollars);
}

static struct status fill_in_total(const void *row, struct leases_cell *cell)
{
    return leases_cell_bool(cell, ((const struct item *)row)->in_total);
}

static struct status fill_price(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(cell, ((const struct item *)row)->price);
}

static const struct leases_column columns[] = {
    {"A MONTH", "item", LEASES_COLUMN_WHOLE, fill_name},
    {"QUANTITY", "quantity", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_quantity},
    {"UNIT", "unit", 0, fill_unit},
    {"$", "dollars", LEASES_COLUMN_RIGHT | LEASES_COLUMN_WHOLE, fill_dollars},
    {"IN TOTAL", "in_total", LEASES_COLUMN_DATA, fill_in_total},
    {"PRICE", "price", 0, fill_price},
};

/* The inputs as members of the JSON object. */
static struct status make_head(const struct cost_input *input, const struct cost_prices *prices,
                               struct bytes *head)
{
    TRY(bytes_append_format(
        head,
        "\"changes_per_second\":%.10g,\"shards\":%lld,\"workers\":%lld,\"line_bytes\":%lld,"
        "\"pack_bytes\":%lld,\"poll_ms\":%lld,\"poll_idle_ms\":%lld,\"poll_budget\":%lld,"
        "\"failover_ms\":%lld,\"rows\":%lld,\"row_bytes\":%lld,\"prices_of\":",
        input->changes_per_second, (long long)input->shards, (long long)input->workers,
        (long long)input->line_bytes, (long long)input->pack_bytes, (long long)input->poll_ms,
        (long long)input->poll_idle_ms, (long long)input->poll_budget, (long long)input->failover_ms,
        (long long)input->rows, (long long)input->row_bytes));
    TRY(leases_text_json(head, slice_of_text(COST_PRICES_OF)));
    TRY(bytes_append_text(head, ",\"prices\":{"));
    for (size_t i = 0; i < COST_PRICE_COUNT; i++) {
        TRY(bytes_append_format(head, "%s\"%s\":%.10g", i == 0 ? "" : ",",
                                cost_price_name((enum cost_price)i), prices->at[i]));
    }
    return bytes_append_text(head, "}");
}

static struct status read_request(const struct cost_request *request, struct cost_input *input,
                                  struct cost_prices *prices)
{
    *input = (struct cost_input){
        .shards = request->shards,
        .workers = request->workers,
        .line_bytes = request->line_bytes,
        .pack_bytes = request->pack_bytes,
        .poll_ms = request->poll_ms,
        .poll_idle_ms = request->poll_idle_ms,
        .poll_budget = request->poll_budget,
        .failover_ms = request->failover_ms,
        .rows = request->rows == 0 ? request->shards * COST_ROWS_A_SHARD : request->rows,
        .row_bytes = request->row_bytes,
    };
    if (!cost_parse_decimal(slice_of_text(request->changes_per_second), CHANGES_MOST,
                            &input->changes_per_second) ||
        input->changes_per_second <= 0) {
        return status_make(STATUS_INVALID,
                           "--changes-per-second: '%s' is not allowed; give a number above 0, up to 10000000",
                           request->changes_per_second);
    }
    cost_prices_init(prices);
    return request->price == NULL ? status_ok() : cost_prices_set(prices, slice_of_text(request->price));
}

static struct status print(const struct cost_request *request, const struct bill *bill,
                           const struct bytes *head, char *const *environment)
{
    const struct leases_sheet sheet = {
        .columns = columns,
        .column_count = sizeof columns / sizeof columns[0],
        .rows = bill->rows,
        .row_count = bill->count,
        .name = "items",
        .head = head->at,
    };
    const struct leases_style style =
        leases_style_of(stdout, (enum leases_form)request->output, !request->no_headers, environment);
    return leases_print(stdout, &style, &sheet);
}

static struct status explain(const struct cost_request *request, char *const *environment)
{
    struct cost_input input;
    struct cost_prices prices;
    struct cost_estimate estimate;
    struct bill bill = {.count = 0};
    struct bytes head;
    TRY(read_request(request, &input, &prices));
    cost_estimate_make(&input, &prices, &estimate);
    if (!estimate.keeps_up) {
        fprintf(
            stderr,
            "penstock: warning: so many changes fill more pages of 1,000 than --poll-budget %lld allows to "
            "read: the fleet would fall behind\n",
            (long long)request->poll_budget);
    }
    fill_bill(&bill, request, &estimate, &prices);
    bytes_init(&head, HEAD_CEILING);
    struct status status = make_head(&input, &prices, &head);
    if (status_is_ok(&status)) {
        status = bytes_append(&head, "", 1);
    }
    if (status_is_ok(&status)) {
        status = print(request, &bill, &head, environment);
    }
    bytes_free(&head);
    return status;
}

int cost_run(const struct command_line *line)
{
    signal(SIGPIPE, SIG_IGN); /* output that nobody reads is an error in words, not a death in silence */
    struct status status = explain(line->request, line->environment);
    if (!status_is_ok(&status)) {
        fprintf(stderr, "penstock: error: %s\n", status.reason);
        return status.code == STATUS_INVALID ? EXIT_CODE_USAGE : exit_code_of(&status);
    }
    return commands_finish_output();
}
