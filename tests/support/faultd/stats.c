#include "tests/support/faultd/stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/support/faultd/tree.h"

void stats_init(struct stats *stats)
{
    *stats = (struct stats){.operation_count = 0};
    mutex_init(&stats->lock);
    stats_reset(stats);
}

/* What is in flight stays, so that its end still finds its place. */
void stats_reset(struct stats *stats)
{
    mutex_lock(&stats->lock);
    for (size_t i = 0; i < stats->operation_count; i++) {
        struct stats_operation *entry = &stats->operations[i];
        entry->calls = entry->in_flight;
        entry->replies = entry->request_bytes = entry->reply_bytes = entry->faults = 0;
    }
    stats->code_count = 0;
    stats->signatures_wrong = stats->signatures_checked = 0;
    stats->records_read = stats->records_put = stats->lines_put = stats->connections = 0;
    stats->since_ms = clock_boot_ms(clock_real());
    mutex_unlock(&stats->lock);
}

size_t stats_begin(struct stats *stats, const struct request *request)
{
    mutex_lock(&stats->lock);
    size_t place = 0;
    for (; place < stats->operation_count; place++) {
        const struct stats_operation *entry = &stats->operations[place];
        if (entry->service == request->service && strcmp(entry->operation, request->operation) == 0 &&
            strcmp(entry->resource, request->resource) == 0) {
            break;
        }
    }
    if (place == STATS_OPERATIONS) {
        place--;
    } else if (place == stats->operation_count) {
        struct stats_operation *entry = &stats->operations[stats->operation_count++];
        *entry = (struct stats_operation){.service = request->service};
        snprintf(entry->operation, sizeof entry->operation, "%s", request->operation);
        snprintf(entry->resource, sizeof entry->resource, "%s", request->resource);
    }
    stats->operations[place].calls++;
    stats->operations[place].in_flight++;
    stats->operations[place].request_bytes += request->body.length;
    mutex_unlock(&stats->lock);
    return place;
}

static void count_code(struct stats *stats, const char *code) REQUIRES(stats->lock)
{
    size_t i = 0;
    while (i < stats->code_count && strcmp(stats->codes[i].code, code) != 0) {
        i++;
    }
    if (i == STATS_CODES) {
        return;
    }
    if (i == stats->code_count) {
        stats->codes[i] = (struct stats_code){.count = 0};
        snprintf(stats->codes[i].code, sizeof stats->codes[i].code, "%s", code);
        stats->code_count++;
    }
    stats->codes[i].count++;
}

void stats_end(struct stats *stats, size_t place, size_t reply_bytes, const char *code, bool fault)
{
    mutex_lock(&stats->lock);
    struct stats_operation *entry = &stats->operations[place];
    entry->in_flight--;
    entry->replies++;
    entry->reply_bytes += reply_bytes;
    entry->faults += fault;
    if (code != NULL) {
        count_code(stats, code);
    }
    mutex_unlock(&stats->lock);
}

void stats_note_signature(struct stats *stats, bool right)
{
    mutex_lock(&stats->lock);
    stats->signatures_checked++;
    stats->signatures_wrong += !right;
    mutex_unlock(&stats->lock);
}

void stats_note_records(struct stats *stats, uint64_t read, uint64_t put, uint64_t lines)
{
    mutex_lock(&stats->lock);
    stats->records_read += read;
    stats->records_put += put;
    stats->lines_put += lines;
    mutex_unlock(&stats->lock);
}

void stats_note_connection(struct stats *stats)
{
    mutex_lock(&stats->lock);
    stats->connections++;
    mutex_unlock(&stats->lock);
}

static void report_operation(cJSON *list, const struct stats_operation *entry)
{
    cJSON *member = tree_append(list, cJSON_CreateObject());
    tree_add_text(member, "service", service_name(entry->service));
    tree_add_text(member, "operation", entry->operation);
    tree_add_text(member, "resource", entry->resource);
    tree_add_integer(member, "calls", entry->calls);
    tree_add_integer(member, "in_flight", entry->in_flight);
    tree_add_integer(member, "faults", entry->faults);
    tree_add_integer(member, "request_bytes", entry->request_bytes);
    tree_add_integer(member, "reply_bytes", entry->reply_bytes);
}

cJSON *stats_report(struct stats *stats)
{
    cJSON *report = cJSON_CreateObject();
    mutex_lock(&stats->lock);
    double seconds = (double)(clock_boot_ms(clock_real()) - stats->since_ms) / 1000.0;
    tree_add_number(report, "seconds", seconds);
    tree_add_integer(report, "records_read", stats->records_read);
    tree_add_integer(report, "records_put", stats->records_put);
    tree_add_integer(report, "lines_put", stats->lines_put);
    tree_add_integer(report, "connections", stats->connections);
    tree_add_integer(report, "signatures_checked", stats->signatures_checked);
    tree_add_integer(report, "signatures_wrong", stats->signatures_wrong);
    cJSON *operations = tree_attach(report, "operations", cJSON_CreateArray());
    for (size_t i = 0; i < stats->operation_count; i++) {
        report_operation(operations, &stats->operations[i]);
    }
    cJSON *codes = tree_attach(report, "errors", cJSON_CreateObject());
    for (size_t i = 0; i < stats->code_count; i++) {
        tree_add_integer(codes, stats->codes[i].code, stats->codes[i].count);
    }
    mutex_unlock(&stats->lock);
    return report;
}

cJSON *stats_in_flight(struct stats *stats)
{
    cJSON *report = cJSON_CreateObject();
    cJSON *by = tree_attach(report, "by", cJSON_CreateObject());
    uint64_t total = 0;
    mutex_lock(&stats->lock);
    for (size_t i = 0; i < stats->operation_count; i++) {
        const struct stats_operation *entry = &stats->operations[i];
        char name[96];
        snprintf(name, sizeof name, "%s.%s", service_name(entry->service), entry->operation);
        cJSON *member = cJSON_GetObjectItemCaseSensitive(by, name);
        member = member != NULL ? member : tree_attach(by, name, cJSON_CreateObject());
        if (entry->in_flight > 0) {
            tree_add_integer(member, entry->resource, entry->in_flight);
        }
        total += entry->in_flight;
    }
    mutex_unlock(&stats->lock);
    tree_add_integer(report, "total", total);
    return report;
}
