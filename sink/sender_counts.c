#include "sink/sender_counts.h"

#include "sink/pack.h"

/* What every request adds to the counts, however it ended. */
static void count_request(struct sending *shared, const struct sender *sender, uint32_t records,
                          int64_t begun_ms) REQUIRES(shared->lock)
{
    struct sink_counts *counts = &shared->counts;
    counts->requests++;
    histogram_add(&counts->batch_records, records);
    histogram_add(&counts->batch_bytes, (int64_t)sender->body.length);
    histogram_add(&counts->request_ms, clock_boot_ms(shared->options.clock) - begun_ms);
}

/* What AWS bills for an accepted record, and for its lines one by one. */
static void count_bill(struct sink_counts *counts, const struct batch_record *record)
{
    counts->bytes_billed += pack_billed_bytes(record->bytes, PACK_STEP_BYTES);
    for (uint32_t i = 0; i < record->count; i++) {
        uint32_t length = record->parcel->lines[record->first + i].length;
        counts->bytes_billed_unpacked += pack_billed_bytes(length, PACK_STEP_BYTES);
    }
}

void sender_count_answer(struct sender *sender, uint32_t sent, uint32_t accepted, int64_t begun_ms)
{
    struct sending *shared = sender->shared;
    const struct batch_record *records = sender->accepted;
    struct sink_counts news = {.lines_accepted = 0};
    for (uint32_t i = 0; i < accepted; i++) {
        news.lines_accepted += records[i].count;
        news.bytes_accepted += records[i].bytes;
        count_bill(&news, &records[i]);
    }
    mutex_lock(&shared->lock);
    count_request(shared, sender, sent, begun_ms);
    if (accepted > 0) {
        shared->counts.accepted_boot_ms = clock_boot_ms(shared->options.clock);
    }
    shared->counts.records_retried += sent - accepted;
    shared->counts.lines_accepted += news.lines_accepted;
    shared->counts.bytes_accepted += news.bytes_accepted;
    shared->counts.bytes_billed += news.bytes_billed;
    shared->counts.bytes_billed_unpacked += news.bytes_billed_unpacked;
    mutex_unlock(&shared->lock);
}

void sender_count_failure(struct sender *sender, int64_t begun_ms)
{
    struct sending *shared = sender->shared;
    mutex_lock(&shared->lock);
    count_request(shared, sender, sender->window.size, begun_ms);
    shared->counts.failed_boot_ms = clock_boot_ms(shared->options.clock);
    shared->counts.requests_failed++;
    shared->counts.records_retried += sender->window.size;
    mutex_unlock(&shared->lock);
}
