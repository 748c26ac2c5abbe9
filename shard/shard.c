#include "shard/shard.h"

#include <stdlib.h>

#include "base/log.h"
#include "shard/reader.h"

enum { SHARD_LAG_OLD_MS = 5000, SHARD_FLUSH_MS = 1000, SHARD_NAME_BYTES = 15 };

static struct shard *shard_of(struct sink_receiver *receiver)
{
    return (struct shard *)receiver;
}

bool shard_may_send(struct shard *shard)
{
    const struct shard_ownership *ownership = &shard->start.ownership;
    return !atomic_load(&shard->aborted) && ownership->is_valid(ownership->context);
}

void shard_turn(struct shard *shard, bool waiting)
{
    mutex_lock(&shard->lock);
    shard->stats.turned_boot_ms = clock_boot_ms(shard->environment->clock);
    shard->stats.waiting = waiting;
    mutex_unlock(&shard->lock);
}

static bool receiver_may_send(struct sink_receiver *receiver)
{
    struct shard *shard = shard_of(receiver);
    return shard_may_send(shard) && !ack_window_is_torn(&shard->window);
}

static void receiver_verdict(struct sink_receiver *receiver, uint64_t first_token, uint32_t count,
                             enum sink_verdict verdict, const char *reason)
{
    ack_window_settle(&shard_of(receiver)->window, first_token, count, verdict, reason);
}

/* The frontier moved; the window's lock is held. After ABORT the position is another tenure's business. */
static void save_position(void *context, const struct sequence_number *frontier)
{
    struct shard *shard = context;
    if (!atomic_load(&shard->aborted)) {
        positions_save(shard->environment->positions, shard->id, frontier);
    }
}

static void report_failure(struct shard *shard, const struct status *why)
{
    mutex_lock(&shard->lock);
    shard->stats.failed = true;
    mutex_unlock(&shard->lock);
    log_write(LOG_ERROR, "shard", "the shard stands still", log_text("shard", shard->id), log_status(why));
    shard->start.events.failed(shard->start.events.context, shard, why);
    while (!stop_wait_ms(&shard->halt, SHARD_FLUSH_MS)) {
    }
}

/* Waits until every line has its verdict. */
static void settle(struct shard *shard, struct ack_window_state *ret_state)
{
    struct sink *sink = shard->environment->sink;
    ack_window_read(&shard->window, ret_state);
    if (ret_state->outstanding == 0) {
        return;
    }
    do {
        sink->flush(sink);
    } while (!ack_window_wait_settled(&shard->window, SHARD_FLUSH_MS));
    ack_window_read(&shard->window, ret_state);
}

static struct status refused_status(const struct ack_window_state *state)
{
    return status_make(
        STATUS_INVALID,
        "the sink refused the line of sequence number %.*s (%s), and there is no place for it: set "
        "--dead-letter",
        (int)state->refused_at.length, state->refused_at.digits, state->refused_reason);
}

/* What comes after reading stopped with `end` and all verdicts are in. True: read again. */
static bool conclude(struct shard *shard, struct reader *reader, enum reader_end end)
{
    struct ack_window_state state;
    shard_turn(shard, true);
    settle(shard, &state);
    if (state.refused > 0) {
        struct status why = refused_status(&state);
        report_failure(shard, &why);
        return false;
    }
    if (end == READER_FAILED) {
        report_failure(shard, &reader->failure);
        return false;
    }
    if (state.unsent > 0 && stop_is_requested(&shard->halt)) {
        return false; /* what came back stays counted as read and not done */
    }
    if (state.unsent > 0) {
        /* The lease was in doubt for a moment, or is lost: in which case a stop follows. */
        ack_window_restart(&shard->window);
        mutex_lock(&shard->lock);
        shard->records_begun = state.records_done;
        mutex_unlock(&shard->lock);
        bool has_start = shard->start.origin == SHARD_FROM_AFTER;
        reader_start(reader, state.frontier.length > 0 ? &state.frontier
                             : has_start               ? &shard->start.after
                                                       : NULL);
        return true;
    }
    if (end == READER_ENDED && !atomic_load(&shard->aborted)) {
        shard->start.events.ended(shard->start.events.context, shard);
    }
    return end == READER_TROUBLE;
}

static void *shard_run(void *argument)
{
    struct shard *shard = argument;
    struct reader *reader = malloc(sizeof *reader);
    if (reader == NULL) {
        struct status why = status_no_memory("a shard's reader", sizeof *reader);
        report_failure(shard, &why);
    } else {
        reader_init(reader, shard);
        reader_start(reader, shard->start.origin == SHARD_FROM_AFTER ? &shard->start.after : NULL);
        while (conclude(shard, reader, reader_run(reader))) {
        }
        reader_free(reader);
        free(reader);
    }
    atomic_store(&shard->finished, true);
    return NULL;
}

/* Everything but the thread. */
static struct status fill_shard(struct shard *shard, const struct shard_environment *environment,
                                const struct shard_start *start)
{
    struct line_options line = {
        .table = environment->table,
        .region = environment->region,
        .stream_label = environment->stream_label,
        .shard = start->shard_id,
        .epoch = start->epoch,
        .old_image = environment->old_image,
        .form = environment->line_form,
    };
    if (!slice_copy_text(slice_of_text(start->shard_id), shard->id, sizeof shard->id)) {
        return status_make(STATUS_INVALID, "the shard id '%s' is longer than %zu bytes", start->shard_id,
                           sizeof shard->id - 1);
    }
    shard->environment = environment;
    shard->start = *start;
    shard->start.shard_id = shard->id;
    shard->receiver = (struct sink_receiver){
        .shard = shard->id, .verdict = receiver_verdict, .may_send = receiver_may_send};
    return line_context_init(&shard->line, &line);
}

static void free_shard(struct shard *shard)
{
    line_context_free(&shard->line);
    ack_window_destroy(&shard->window);
    mutex_destroy(&shard->lock);
    stop_destroy(&shard->halt);
    free(shard);
}

struct status shard_create(const struct shard_environment *environment, const struct shard_start *start,
                           struct shard **ret_shard) NO_THREAD_CHECK
{
    struct shard *shard = calloc(1, sizeof *shard);
    if (shard == NULL) {
        return status_no_memory("a shard", sizeof *shard);
    }
    stop_init(&shard->halt);
    mutex_init(&shard->lock);
    shard->stats.lag_ms = -1;
    shard->stats.turned_boot_ms = clock_boot_ms(environment->clock);
    ack_window_init(&shard->window, save_position, shard);
    struct status status;
    TRY_GOTO(status, fail, fill_shard(shard, environment, start));
    size_t length = strlen(shard->id); /* the end of an id tells shards apart */
    const char *name = shard->id + (length > SHARD_NAME_BYTES ? length - SHARD_NAME_BYTES : 0);
    TRY_GOTO(status, fail, thread_start(&shard->thread, name, THREAD_STACK_CALLS, shard_run, shard));
    *ret_shard = shard;
    return status_ok();
fail:
    free_shard(shard);
    return status_prefix(status, "cannot start shard '%s'", start->shard_id);
}

void shard_stop(struct shard *shard, enum shard_stop_mode mode)
{
    if (mode == SHARD_ABORT) {
        atomic_store(&shard->aborted, true);
    }
    stop_request(&shard->halt);
    if (shard->environment->poll_budget != NULL) {
        poll_budget_cancel(shard->environment->poll_budget, &shard->halt);
    }
}

bool shard_is_finished(struct shard *shard)
{
    return atomic_load(&shard->finished);
}

void shard_destroy(struct shard *shard)
{
    thread_join(&shard->thread);
    free_shard(shard);
}

const char *shard_id(const struct shard *shard)
{
    return shard->id;
}

void *shard_user(const struct shard *shard)
{
    return shard->start.user;
}

bool shard_read_position(struct shard *shard, struct sequence_number *ret_number)
{
    struct ack_window_state state;
    ack_window_read(&shard->window, &state);
    if (state.frontier.length == 0) {
        return false;
    }
    *ret_number = state.frontier;
    return true;
}

/* A shard that waits for memory or for an answer falls behind while its last page stays what it was. */
static bool is_lag_old(const struct shard *shard, const struct shard_stats *stats)
{
    const struct shard_environment *environment = shard->environment;
    int64_t allowed_ms = environment->poll_idle_ms + environment->poll_idle_ms / 2 + SHARD_LAG_OLD_MS;
    return !stats->ended && clock_boot_ms(environment->clock) - stats->paged_boot_ms > allowed_ms;
}

void shard_read_stats(struct shard *shard, struct shard_stats *ret_stats)
{
    struct ack_window_state state;
    ack_window_read(&shard->window, &state);
    mutex_lock(&shard->lock);
    *ret_stats = shard->stats;
    uint64_t begun = shard->records_begun;
    mutex_unlock(&shard->lock);
    ret_stats->records_done = state.records_done;
    if (is_lag_old(shard, ret_stats)) {
        ret_stats->lag_ms = -1;
    }
    ret_stats->records_open = begun > state.records_done ? begun - state.records_done : 0;
}
