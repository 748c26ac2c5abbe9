#include "shard/reader_page.h"

#include "base/log.h"
#include "shard/decode_text.h"

enum { PAGE_LOG_MS = 60000, PAGE_LETTER_WAIT_MS = 1000 };

/* Stores a dead letter, trying again for as long as the disk refuses. False: there is no place for letters,
 * or a stop was requested. */
static bool store_letter(struct reader *reader, const struct dead_letter *letter)
{
    struct shard *shard = reader->shard;
    if (shard->environment->letters == NULL) {
        reader->failure = status_make(
            STATUS_CORRUPT, "%s at sequence number '%.*s', and there is no place for it: set --dead-letter",
            letter->reason, (int)letter->sequence_number.length,
            letter->sequence_number.length == 0 ? "" : letter->sequence_number.at);
        return false;
    }
    for (;;) {
        struct status status = dead_letters_store(shard->environment->letters, letter, &shard->halt);
        if (status_is_ok(&status)) {
            log_write(LOG_WARN, "shard", "a record went to the dead letters", log_text("shard", shard->id),
                      log_text("why", letter->reason), log_slice("seq", letter->sequence_number));
            return true;
        }
        log_write_limited(PAGE_LOG_MS, LOG_ERROR, "shard", "cannot store a dead letter; trying again",
                          log_text("shard", shard->id), log_status(&status));
        if (stop_wait_ms(&shard->halt, PAGE_LETTER_WAIT_MS)) {
            return false;
        }
    }
}

static bool store_record(void *context, const struct decode_record *record)
{
    struct reader *reader = context;
    struct dead_letter letter = {
        .reason = record->defect,
        .shard = reader->shard->id,
        .sequence_number = sequence_number_slice(&record->sequence),
        .attempts = 1,
        .content = record->whole,
    };
    return store_letter(reader, &letter);
}

/* Keeps the iterator of the next page. False: it has no room. */
static bool keep_iterator(struct reader *reader, struct slice raw)
{
    bytes_clear(&reader->iterator);
    struct status status = bytes_reserve(&reader->iterator, raw.length); /* escapes only get shorter */
    return status_is_ok(&status) && decode_text_unescape(raw, reader->iterator.at, reader->iterator.capacity,
                                                         &reader->iterator.length);
}

void reader_note_gap(struct reader *reader, const struct sequence_number *until)
{
    if (!reader->gap_pending) {
        return;
    }
    struct shard *shard = reader->shard;
    struct position_gap *gap = &reader->gap;
    if (until != NULL) {
        gap->until = *until;
    }
    log_write(LOG_ERROR, "shard",
              gap->certain ? "records were trimmed before they were read"
                           : "a position was trimmed: records may have been lost",
              log_text("shard", shard->id), log_slice("after", sequence_number_slice(&gap->after)),
              log_slice("until", sequence_number_slice(&gap->until)));
    struct status status = positions_note_gap(shard->environment->positions, gap);
    if (!status_is_ok(&status)) {
        log_write_limited(PAGE_LOG_MS, LOG_ERROR, "shard", "cannot store a gap", log_text("shard", shard->id),
                          log_status(&status));
    }
    reader->gap_pending = false;
}

/* Up to which event time all has been read, after a page; the lock is held. */
static void note_progress(struct shard *shard, const struct pacing *pacing, const struct page_batch *batch)
    REQUIRES(shard->lock)
{
    struct shard_stats *stats = &shard->stats;
    if (pacing->at_tip && batch->records == 0) {
        stats->read_up_to_wall_ms = clock_wall_ms(shard->environment->clock);
    } else if (batch->records > 0) {
        stats->read_up_to_wall_ms = batch->newest_event_wall_ms;
    }
    stats->lag_ms = pacing->lag_ms;
    stats->failing_since_boot_ms = 0;
    stats->paged_boot_ms = clock_boot_ms(shard->environment->clock);
    stats->ended = batch->next_iterator_raw.length == 0;
}

static void count_page(struct reader *reader, const struct page_batch *batch)
{
    struct shard *shard = reader->shard;
    mutex_lock(&shard->lock);
    shard->stats.records_read += batch->records;
    shard->records_begun += batch->records;
    shard->stats.records_dropped += batch->dropped;
    shard->stats.records_filtered += batch->filtered;
    shard->stats.order_violations += batch->order_violations;
    note_progress(shard, &reader->pacing, batch);
    mutex_unlock(&shard->lock);
    if (batch->order_violations > 0) {
        log_write_limited(PAGE_LOG_MS, LOG_ERROR, "shard", "sequence numbers did not rise",
                          log_text("shard", shard->id), log_number("count", batch->order_violations));
    }
    if (batch->undecided > 0) {
        log_write_limited(PAGE_LOG_MS, LOG_WARN, "shard",
                          "records went on undecided: the filter would have taken too long over them",
                          log_text("shard", shard->id), log_number("count", batch->undecided));
    }
}

/* Remembers what the page took, so that the next reservation fits. */
static void learn_size(struct reader *reader, const struct page_batch *batch)
{
    size_t taken = reader->reply.http.body.capacity + parcel_footprint(batch->parcel) +
                   ack_block_footprint(batch->block);
    reader->page_bytes = reader->reply.http.body.length;
    reader->page_peak -= reader->page_peak / 8;
    reader->page_peak = taken > reader->page_peak ? taken : reader->page_peak;
    if (batch->records > 0) {
        reader->lines_ratio = batch->parcel->data.length * 1024 / reader->reply.http.body.length + 1;
    }
    budget_resize(&reader->hold, taken);
}

void reader_give_page(struct reader *reader)
{
    buffers_give(reader->shard->environment->buffers, &reader->reply.http.body);
    http_reply_free(&reader->reply.http);
}

/* The page's memory goes back before the sink gets the lines, with the bytes that pay for these. */
static void hand_over(struct reader *reader, struct page_batch *batch)
{
    struct shard *shard = reader->shard;
    struct parcel *parcel = batch->parcel;
    reader_give_page(reader);
    budget_resize(&reader->hold, parcel_footprint(parcel) + ack_block_footprint(batch->block));
    parcel->first_token = ack_window_publish(&shard->window, batch->block);
    batch->block = NULL;
    if (parcel->count == 0) {
        return;
    }
    parcel->receiver = &shard->receiver;
    parcel->hold = reader->hold;
    reader->hold = (struct budget_hold){0};
    batch->parcel = NULL;
    shard->environment->sink->put(shard->environment->sink, parcel);
}

static void pace(struct reader *reader, const struct page_batch *batch)
{
    struct pacing_page page = {
        .records = batch->records,
        .full = batch->records > 0 && (batch->records >= reader->rules.limit ||
                                       reader->reply.http.body.length >= PACING_FULL_BYTES),
        .newest_event_wall_ms = batch->newest_event_wall_ms,
        .now_wall_ms = clock_wall_ms(reader->shard->environment->clock),
    };
    reader->wait_ms = pacing_after_page(&reader->pacing, &page, &reader->random);
}

static struct rules_decision take_sound_page(struct reader *reader, struct page_batch *batch)
{
    bool ends = batch->next_iterator_raw.length == 0;
    bool kept = ends || keep_iterator(reader, batch->next_iterator_raw);
    if (batch->records > 0) {
        reader->skip_known = false;
    }
    pace(reader, batch);
    count_page(reader, batch);
    reader_note_gap(reader, batch->records > 0 ? &batch->first : NULL);
    reader->last = batch->last;
    learn_size(reader, batch);
    hand_over(reader, batch);
    backoff_reset(&reader->backoff);
    struct rules_decision decision = rules_on_page(&reader->rules, batch->records, &reader->last, ends);
    if (!kept) {
        decision = (struct rules_decision){.action = RULES_OPEN, .back_off = true};
    }
    return decision;
}

/* Stores a page of one record that cannot be read and goes on behind it. */
static struct rules_decision give_up_page(struct reader *reader, struct slice page, struct slice iterator,
                                          const char *reason)
{
    struct slice sequence_raw;
    struct sequence_number number = {0};
    if (!decode_salvage_text(page, "SequenceNumber", &sequence_raw) ||
        !sequence_number_parse(sequence_raw, &number)) {
        number.length = 0;
    }
    struct dead_letter letter = {
        .reason = reason,
        .shard = reader->shard->id,
        .sequence_number = sequence_number_slice(&number),
        .attempts = RULES_CORRUPT_TRIES + 1,
        .content = page,
    };
    struct ack_block *block = ack_block_create();
    if (block == NULL || !store_letter(reader, &letter)) {
        ack_block_destroy(block);
        return (struct rules_decision){.action = RULES_READ, .back_off = true};
    }
    if (sequence_number_compare(&number, &reader->last) > 0) {
        reader->last = number;
        reader->rules.after = number;
        reader->rules.from_horizon = false;
    }
    ack_block_add_done(block, &reader->last);
    ack_window_publish(&reader->shard->window, block);
    bool kept = keep_iterator(reader, iterator);
    return (struct rules_decision){.action = kept ? RULES_READ : RULES_OPEN, .back_off = !kept};
}

/* A page that does not parse. What its next iterator and position can be told is used when it is given up. */
static struct rules_decision take_corrupt_page(struct reader *reader, const struct page_batch *batch)
{
    struct slice page = bytes_slice(&reader->reply.http.body);
    struct slice iterator;
    bool salvageable = decode_salvage_text(page, "NextShardIterator", &iterator);
    struct rules_decision decision = rules_on_corrupt_page(&reader->rules, salvageable);
    struct status status = status_make(STATUS_CORRUPT, "the reply of GetRecords is malformed at byte %zu: %s",
                                       batch->error_offset, batch->error);
    log_write_limited(PAGE_LOG_MS, LOG_ERROR, "shard", "a page is malformed; trying again",
                      log_text("shard", reader->shard->id), log_status(&status));
    if (decision.action != RULES_LETTER) {
        return decision;
    }
    return give_up_page(reader, page, iterator, status.reason);
}

struct rules_decision reader_take_page(struct reader *reader)
{
    struct shard *shard = reader->shard;
    const struct shard_environment *environment = shard->environment;
    struct page_input input = {
        .page = bytes_slice(&reader->reply.http.body),
        .line = &shard->line,
        .filter = environment->filter,
        .worker_wall_ms = clock_wall_ms(environment->clock),
        .drop_before_wall_ms = shard->start.drop_before_wall_ms,
        .lines_estimate =
            reader->reply.http.body.length / 1024 * reader->lines_ratio + reader->reply.http.body.length / 16,
        .buffers = environment->buffers,
        .last = reader->last,
        .skip_known = reader->skip_known,
        .store = store_record,
        .context = reader,
    };
    struct page_batch batch;
    struct rules_decision decision = {.action = RULES_READ, .back_off = true};
    page_form(&input, &batch);
    switch (batch.outcome) {
    case PAGE_WHOLE:
        decision = take_sound_page(reader, &batch);
        break;
    case PAGE_CORRUPT:
        decision = take_corrupt_page(reader, &batch);
        break;
    case PAGE_POISON:
        if (reader->failure.code != STATUS_OK) {
            hand_over(reader, &batch);
        }
        break;
    case PAGE_NO_MEMORY:
        log_write_limited(PAGE_LOG_MS, LOG_ERROR, "shard", "no memory for a page; trying again",
                          log_text("shard", shard->id));
        break;
    }
    page_batch_free(&batch);
    return decision;
}
