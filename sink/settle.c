#include "sink/settle.h"

enum { SETTLE_RUNS = 64, SETTLE_SWEEP = 64 };

struct verdict_run {
    struct sink_receiver *receiver;
    uint64_t first_token;
    uint32_t count;
};

/* Joins the record to the last run, or starts another. False when there is no room for one. */
static bool add_to_runs(struct verdict_run *runs, uint32_t *run_count, const struct batch_record *record)
{
    uint64_t first = record->parcel->first_token + record->first;
    struct sink_receiver *receiver = record->parcel->receiver;
    if (*run_count > 0) {
        struct verdict_run *last = &runs[*run_count - 1];
        if (last->receiver == receiver && last->first_token + last->count == first &&
            last->count <= UINT32_MAX - record->count) {
            last->count += record->count;
            return true;
        }
    }
    if (*run_count == SETTLE_RUNS) {
        return false;
    }
    runs[(*run_count)++] =
        (struct verdict_run){.receiver = receiver, .first_token = first, .count = record->count};
    return true;
}

/* Counts the lines of `records` as resolved; returns the list of parcels that have none left. */
static struct parcel *resolve(const struct batch_record *records, uint32_t count)
{
    struct parcel *done = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct parcel *parcel = records[i].parcel;
        if (atomic_fetch_sub(&parcel->unresolved, records[i].count) == records[i].count) {
            parcel->next = done;
            done = parcel;
        }
    }
    return done;
}

static void destroy_parcels(struct parcel *parcel)
{
    while (parcel != NULL) {
        struct parcel *next = parcel->next;
        parcel_destroy(parcel);
        parcel = next;
    }
}

uint64_t settle_records(const struct batch_record *records, uint32_t count, enum sink_verdict verdict,
                        const char *reason)
{
    uint64_t lines = 0;
    for (uint32_t start = 0; start < count;) {
        struct verdict_run runs[SETTLE_RUNS];
        uint32_t run_count = 0;
        uint32_t end = start;
        while (end < count && add_to_runs(runs, &run_count, &records[end])) {
            end++;
        }
        destroy_parcels(resolve(records + start, end - start));
        for (uint32_t i = 0; i < run_count; i++) {
            lines += runs[i].count;
            runs[i].receiver->verdict(runs[i].receiver, runs[i].first_token, runs[i].count, verdict, reason);
        }
        start = end;
    }
    return lines;
}

void settle_lost(struct outbox *outbox)
{
    struct batch_record records[SETTLE_SWEEP];
    uint32_t count;
    while ((count = outbox_take_lost(outbox, records, SETTLE_SWEEP)) > 0) {
        settle_records(records, count, SINK_UNSENT, NULL);
    }
}

void settle_rest(struct outbox *outbox)
{
    struct batch_record records[SETTLE_SWEEP];
    uint32_t count;
    while ((count = outbox_take_rest(outbox, records, SETTLE_SWEEP)) > 0) {
        settle_records(records, count, SINK_UNSENT, NULL);
    }
}
