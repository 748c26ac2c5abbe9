#include "sink/letter_box.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"
#include "sink/settle.h"

enum {
    LETTER_BACKOFF_BASE_MS = 50,
    LETTER_BACKOFF_CAP_MS = 20000,
    LETTER_WAIT_SLICE_MS = 200,
    LETTER_IDLE_MS = 60000,
    LETTER_LOG_MS = 10000,
};

struct letter {
    struct letter *next;
    struct batch_record record;
    bool large; /* to the landing prefix, not to the dead letters */
    char reason[STATUS_REASON_BYTES];
};

/* The next letter, waited for; NULL once closed and empty. */
static struct letter *take_letter(struct letter_box *box)
{
    mutex_lock(&box->lock);
    while (box->first == NULL && !box->closed) {
        (void)condition_wait_ms(&box->changed, &box->lock, LETTER_IDLE_MS);
    }
    struct letter *letter = box->first;
    if (letter != NULL) {
        box->first = letter->next;
        box->last = box->first == NULL ? NULL : box->last;
    }
    mutex_unlock(&box->lock);
    return letter;
}

static struct status store_letter(struct letter_box *box, const struct letter *letter)
{
    const struct batch_record *record = &letter->record;
    struct slice line = parcel_slice(record->parcel, record->first);
    if (letter->large) {
        return large_records_store(box->large, record->parcel->receiver->shard, line, box->closing);
    }
    int64_t waited_ms = clock_boot_ms(box->clock) - record->parcel->queued_boot_ms;
    const struct dead_letter stored = {.reason = letter->reason,
                                       .shard = record->parcel->receiver->shard,
                                       .attempts = record->attempts,
                                       .first_wall_ms = clock_wall_ms(box->clock) - waited_ms,
                                       .content = line,
                                       .is_line = true};
    return dead_letters_store(box->letters, &stored, box->closing);
}

static bool is_lost(const struct letter *letter)
{
    struct sink_receiver *receiver = letter->record.parcel->receiver;
    return !receiver->may_send(receiver);
}

/* Sleeps `ms`; true when the box closes or the shard is lost meanwhile. */
static bool wait_or_give_up(struct letter_box *box, const struct letter *letter, int64_t ms)
{
    while (ms > 0) {
        int64_t slice = ms < LETTER_WAIT_SLICE_MS ? ms : LETTER_WAIT_SLICE_MS;
        if (stop_wait_ms(box->closing, slice) || is_lost(letter)) {
            return true;
        }
        ms -= slice;
    }
    return false;
}

/* Stores the letter however long it takes; false when it was given up. */
static bool deliver_letter(struct letter_box *box, struct letter *letter, struct random *random)
{
    struct backoff backoff;
    backoff_init(&backoff, LETTER_BACKOFF_BASE_MS, LETTER_BACKOFF_CAP_MS);
    for (;;) {
        if (is_lost(letter)) {
            return false;
        }
        struct status status = store_letter(box, letter);
        if (status_is_ok(&status)) {
            return true;
        }
        log_write_limited(LETTER_LOG_MS, LOG_ERROR, "sink",
                          letter->large ? "cannot land a line that is too long for a record: its shard waits"
                                        : "cannot store a dead letter: its shard waits",
                          log_text("shard", letter->record.parcel->receiver->shard), log_status(&status));
        if (wait_or_give_up(box, letter, backoff_next_ms(&backoff, random))) {
            return false;
        }
    }
}

static void settle_letter(struct letter_box *box, const struct letter *letter, bool stored)
{
    if (!stored) {
        settle_records(&letter->record, 1, SINK_UNSENT, NULL);
        return;
    }
    log_write_limited(LETTER_LOG_MS, letter->large ? LOG_INFO : LOG_ERROR, "sink",
                      letter->large ? "a line too long for a record was landed directly"
                                    : "a line that cannot be delivered is a dead letter",
                      log_text("shard", letter->record.parcel->receiver->shard),
                      log_text("err", letter->reason));
    mutex_lock(&box->lock);
    box->stored += !letter->large;
    box->large_landed += letter->large;
    mutex_unlock(&box->lock);
    settle_records(&letter->record, 1, letter->large ? SINK_ACCEPTED : SINK_DEAD_LETTERED,
                   letter->large ? NULL : letter->reason);
}

static void *letter_box_run(void *argument)
{
    struct letter_box *box = argument;
    struct random random;
    random_init(&random, random_seed_from_system());
    struct letter *letter;
    while ((letter = take_letter(box)) != NULL) {
        settle_letter(box, letter, deliver_letter(box, letter, &random));
        free(letter);
    }
    return NULL;
}

/* No dead-letter place: the line stays where it is, and its shard with it. */
static void refuse_line(struct letter_box *box, const struct batch_record *record, const char *reason)
{
    log_write_limited(LETTER_LOG_MS, LOG_ERROR, "sink",
                      "a line cannot be delivered and there is no --dead-letter place: its shard stops",
                      log_text("shard", record->parcel->receiver->shard), log_text("err", reason));
    mutex_lock(&box->lock);
    box->refused++;
    mutex_unlock(&box->lock);
    settle_records(record, 1, SINK_REFUSED, reason);
}

static void append_letter(struct letter_box *box, struct letter *letter)
{
    mutex_lock(&box->lock);
    if (box->last == NULL) {
        box->first = letter;
    } else {
        box->last->next = letter;
    }
    box->last = letter;
    condition_signal(&box->changed);
    mutex_unlock(&box->lock);
}

static void fill_letter(struct letter *letter, const struct batch_record *record, const char *reason,
                        bool large)
{
    *letter = (struct letter){.record = *record, .large = large};
    snprintf(letter->reason, sizeof letter->reason, "%s", reason);
}

/* Short of memory: stores the line on the caller's own thread. */
static void store_here(struct letter_box *box, const struct batch_record *record, const char *reason,
                       bool large)
{
    struct letter letter;
    struct random random;
    random_init(&random, random_seed_from_system());
    fill_letter(&letter, record, reason, large);
    settle_letter(box, &letter, deliver_letter(box, &letter, &random));
}

static void put(struct letter_box *box, const struct batch_record *record, const char *reason, bool large)
{
    struct letter *letter = malloc(sizeof *letter);
    if (letter == NULL) {
        store_here(box, record, reason, large);
        return;
    }
    fill_letter(letter, record, reason, large);
    append_letter(box, letter);
}

void letter_box_put(struct letter_box *box, const struct batch_record *record, const char *reason)
{
    if (box->letters == NULL) {
        refuse_line(box, record, reason);
    } else {
        put(box, record, reason, false);
    }
}

void letter_box_put_large(struct letter_box *box, const struct batch_record *record)
{
    static const char reason[] = "over the 1,024,000 bytes of a Firehose record";
    if (box->large == NULL) {
        letter_box_put(box, record, reason);
    } else {
        put(box, record, reason, true);
    }
}

struct status letter_box_start(struct letter_box *box, const struct letter_places *places,
                               struct stop *closing) NO_THREAD_CHECK
{
    *box = (struct letter_box){
        .letters = places->letters, .large = places->large, .clock = places->clock, .closing = closing};
    mutex_init(&box->lock);
    condition_init(&box->changed);
    if (box->letters == NULL && box->large == NULL) {
        return status_ok();
    }
    struct status status =
        thread_start(&box->thread, "sink-letters", THREAD_STACK_CALLS, letter_box_run, box);
    if (!status_is_ok(&status)) {
        letter_box_close(box);
    }
    return status;
}

void letter_box_read_counts(struct letter_box *box, struct letter_box_counts *ret_counts)
{
    mutex_lock(&box->lock);
    *ret_counts = (struct letter_box_counts){
        .stored = box->stored, .large = box->large_landed, .refused = box->refused};
    mutex_unlock(&box->lock);
}

void letter_box_close(struct letter_box *box)
{
    mutex_lock(&box->lock);
    box->closed = true;
    condition_broadcast(&box->changed);
    mutex_unlock(&box->lock);
    thread_join(&box->thread);
    condition_destroy(&box->changed);
    mutex_destroy(&box->lock);
}
