#include "shard/reader.h"

#include "base/log.h"
#include "shard/reader_page.h"

enum {
    READER_BACKOFF_BASE_MS = 50,
    READER_BACKOFF_CAP_MS = 5000,
    READER_ITERATOR_CEILING = 8 * 1024,
    READER_FIRST_PEAK = 2 * 1024 * 1024,
    READER_FIRST_RATIO = 1100,
    READER_LEAST_RESERVE = 128 * 1024,
    READER_LEASE_WAIT_MS = 50,
    READER_SHARDS_CEILING = 20000,
    READER_LOG_MS = 60000,
    READER_CALL_MS = 60000, /* with the wait for the adaptive retry mode: a thread shows that it turns */
};

void reader_init(struct reader *reader, struct shard *shard)
{
    const struct shard_environment *environment = shard->environment;
    *reader =
        (struct reader){.shard = shard, .page_peak = READER_FIRST_PEAK, .lines_ratio = READER_FIRST_RATIO};
    reader->stack = thread_stack_of_caller();
    pacing_init(&reader->pacing, environment->poll_ms, environment->poll_idle_ms, shard->start.closed);
    backoff_init(&reader->backoff, READER_BACKOFF_BASE_MS, READER_BACKOFF_CAP_MS);
    random_init(&reader->random, random_seed_from_system());
    bytes_init(&reader->iterator, READER_ITERATOR_CEILING);
}

void reader_free(struct reader *reader)
{
    budget_release(&reader->hold);
    bytes_free(&reader->iterator);
    aws_reply_free(&reader->reply);
}

void reader_start(struct reader *reader, const struct sequence_number *after)
{
    rules_init(&reader->rules, after);
    pacing_forget(&reader->pacing);
    reader->last = reader->rules.after;
    reader->wait_ms = 0;
    reader->gap_pending = false;
}

static struct streams_limits call_limits(struct reader *reader)
{
    return (struct streams_limits){
        .attempt_timeout_ms = reader->shard->environment->request_timeout_ms,
        .deadline_boot_ms = clock_boot_ms(reader->shard->environment->clock) + READER_CALL_MS,
        .max_attempts = 1, /* the rules say what is tried again, with the reader's own backoff */
        .cancel = &reader->shard->halt,
    };
}

static void note_failure(struct reader *reader, const struct status *status)
{
    if (status->code == STATUS_STOPPED) {
        return;
    }
    pacing_forget(&reader->pacing);
    mutex_lock(&reader->shard->lock);
    reader->shard->stats.lag_ms = reader->pacing.lag_ms;
    if (reader->shard->stats.failing_since_boot_ms == 0) {
        reader->shard->stats.failing_since_boot_ms = clock_boot_ms(reader->shard->environment->clock);
    }
    mutex_unlock(&reader->shard->lock);
    bool ordinary = status->code == STATUS_THROTTLED || status->code == STATUS_EXPIRED ||
                    status->code == STATUS_UNAVAILABLE || status->code == STATUS_TIMEOUT;
    log_write_limited(READER_LOG_MS, ordinary ? LOG_WARN : LOG_ERROR, "shard",
                      ordinary ? "a read failed; trying again" : "a read was refused; trying again",
                      log_text("shard", reader->shard->id), log_status(status));
}

/* Opens an iterator where the rules say. */
static struct rules_decision open_iterator(struct reader *reader)
{
    struct shard *shard = reader->shard;
    struct streams_limits limits = call_limits(reader);
    struct shard_rules *rules = &reader->rules;
    struct status status =
        streams_get_shard_iterator(shard->environment->streams, shard->environment->stream_arn, shard->id,
                                   rules->from_horizon ? STREAM_TRIM_HORIZON : STREAM_AFTER_SEQUENCE_NUMBER,
                                   rules->from_horizon ? NULL : &rules->after, &limits, &reader->iterator);
    reader->skip_known = true;
    if (!status_is_ok(&status)) {
        note_failure(reader, &status);
    }
    return rules_on_iterator(rules, status.code);
}

/* Bytes for the next page and its lines, from what the last ones took. */
static size_t reserve_bytes(const struct reader *reader)
{
    size_t bytes = reader->page_peak + reader->page_peak / 4;
    return bytes < READER_LEAST_RESERVE ? READER_LEAST_RESERVE : bytes;
}

/* Waits until the worker may make this call and has memory for what it brings. */
static struct status wait_for_budgets(struct reader *reader)
{
    struct shard *shard = reader->shard;
    const struct shard_environment *environment = shard->environment;
    struct status status = status_ok();
    shard_turn(shard, true);
    if (environment->poll_budget != NULL &&
        !poll_budget_wait(environment->poll_budget, pacing_expects(&reader->pacing), &shard->halt)) {
        status = status_make(STATUS_STOPPED, "stopped");
    }
    if (status_is_ok(&status)) {
        status = budget_reserve(environment->budget, &shard->share, reserve_bytes(reader), &shard->halt,
                                &reader->hold);
    }
    shard_turn(shard, false);
    return status;
}

static struct rules_decision read_page(struct reader *reader)
{
    struct shard *shard = reader->shard;
    const struct shard_environment *environment = shard->environment;
    struct status status = wait_for_budgets(reader);
    if (!status_is_ok(&status)) {
        return rules_on_read_failure(&reader->rules, status.code);
    }
    struct streams_limits limits = call_limits(reader);
    limits.reply_expected = reader->page_bytes;
    limits.buffers = environment->buffers;
    reader->call_boot_ms = clock_boot_ms(environment->clock);
    status = streams_get_records(environment->streams, bytes_slice(&reader->iterator), reader->rules.limit,
                                 reader->rules.ceiling, &limits, &reader->reply);
    mutex_lock(&shard->lock);
    shard->stats.calls++;
    mutex_unlock(&shard->lock);
    struct rules_decision decision;
    if (status_is_ok(&status)) {
        decision = reader_take_page(reader);
    } else {
        note_failure(reader, &status);
        decision = rules_on_read_failure(&reader->rules, status.code);
    }
    reader_give_page(reader);
    budget_release(&reader->hold);
    return decision;
}

/* A shard that answers "not found": does the stream still list it? */
static struct rules_decision ask_listing(struct reader *reader)
{
    struct shard *shard = reader->shard;
    struct streams_limits limits = call_limits(reader);
    limits.deadline_boot_ms = 0; /* a call a page */
    struct stream_description description = {0};
    struct status status = streams_describe(shard->environment->streams, shard->environment->stream_arn,
                                            READER_SHARDS_CEILING, &limits, &description);
    enum rules_listing listing = RULES_LISTING_UNKNOWN;
    if (status_is_ok(&status) && description.shard_count > 0) {
        listing = RULES_MISSING;
        for (size_t i = 0; i < description.shard_count; i++) {
            if (strcmp(description.shards[i].id, shard->id) == 0) {
                listing = RULES_LISTED;
            }
        }
    }
    if (status.code == STATUS_NOT_FOUND) {
        listing = RULES_STREAM_GONE;
    }
    stream_description_free(&description);
    return rules_on_listing(&reader->rules, listing);
}

static void begin_gap(struct reader *reader, bool certain)
{
    if (!reader->gap_pending) {
        reader->gap = (struct position_gap){
            .shard = reader->shard->id,
            .after = reader->last,
            .found_wall_ms = clock_wall_ms(reader->shard->environment->clock),
            .certain = certain,
        };
        reader->gap_pending = true;
    }
}

/* Waits until the next call is due. */
static void pause_reading(struct reader *reader, const struct rules_decision *decision)
{
    if (decision->back_off) {
        int64_t ms = backoff_next_ms(&reader->backoff, &reader->random);
        stop_wait_ms(&reader->shard->halt, ms);
        return;
    }
    if (decision->action != RULES_READ || reader->wait_ms == 0) {
        return;
    }
    int64_t now_ms = clock_boot_ms(reader->shard->environment->clock);
    int64_t left_ms = reader->call_boot_ms + reader->wait_ms - now_ms;
    reader->wait_ms = 0;
    if (stack_rest_is_worth(reader->shard->environment->stack_rest, now_ms, left_ms)) {
        thread_stack_release(&reader->stack);
    }
    if (left_ms > 0) {
        stop_wait_ms(&reader->shard->halt, left_ms);
    }
}

static void wait_for_lease(struct reader *reader)
{
    shard_turn(reader->shard, true);
    while (!shard_may_send(reader->shard) && !stop_wait_ms(&reader->shard->halt, READER_LEASE_WAIT_MS)) {
    }
    shard_turn(reader->shard, false);
}

static struct rules_decision act(struct reader *reader, enum rules_action action)
{
    switch (action) {
    case RULES_OPEN:
        return open_iterator(reader);
    case RULES_LIST:
        return ask_listing(reader);
    default:
        return read_page(reader);
    }
}

enum reader_end reader_run(struct reader *reader)
{
    struct shard *shard = reader->shard;
    struct rules_decision decision = {.action = RULES_OPEN};
    reader->failure = status_ok();
    for (;;) {
        pause_reading(reader, &decision);
        wait_for_lease(reader);
        if (stop_is_requested(&shard->halt)) {
            return READER_STOPPED;
        }
        if (ack_window_has_trouble(&shard->window)) {
            return READER_TROUBLE;
        }
        decision = act(reader, decision.action);
        if (reader->failure.code != STATUS_OK) {
            return READER_FAILED;
        }
        if (decision.gap) {
            begin_gap(reader, decision.gap_certain);
        }
        if (decision.action == RULES_END) {
            reader_note_gap(reader, NULL);
            return READER_ENDED;
        }
        if (decision.action == RULES_STOP) {
            return READER_STOPPED;
        }
    }
}
