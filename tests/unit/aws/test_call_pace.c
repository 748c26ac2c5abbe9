/* The adaptive retry mode in a client: who waits for a token, who never does, and what a caller is told without one. What
 * would break for a user: a worker that knocks on at a throttled service, or one that stands still beside its deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/call_pace.h"
#include "tests/unit/aws/scripted_transport.h"

enum { START_MS = 5000000, FLOOR_TOKEN_MS = 2000 };

/* A clock that moves on by `step_ms` each time it is read: whoever waits sees time pass. */
struct stepping_clock {
    struct clock clock;
    int64_t now_ms;
    int64_t step_ms;
};

static int64_t step_boot_ms(void *context)
{
    struct stepping_clock *self = context;
    self->now_ms += self->step_ms;
    return self->now_ms;
}

static int64_t step_wall_ms(void *context)
{
    return ((struct stepping_clock *)context)->now_ms + 1795428000000;
}

/* Counts how often it was asked. */
struct asked_source {
    struct credentials_source source; /* first: the two share their address */
    int asked;
    struct status failure; /* given instead when not OK */
};

static struct status asked_get(struct credentials_source *source, struct credentials *ret_credentials)
{
    struct asked_source *self = (struct asked_source *)source;
    self->asked++;
    TRY(self->failure);
    *ret_credentials = (struct credentials){.expires_wall_ms = CREDENTIALS_NEVER};
    snprintf(ret_credentials->access_key_id, sizeof ret_credentials->access_key_id, "KEY");
    snprintf(ret_credentials->secret_access_key, sizeof ret_credentials->secret_access_key, "secret");
    return status_ok();
}

struct fixture {
    struct scripted_transport script;
    struct asked_source credentials;
    struct stepping_clock clock;
    struct aws_client *client;
    struct aws_reply reply;
};

static void fixture_start(struct fixture *fixture, enum retry_mode mode, const struct script_step *steps,
                          size_t count)
{
    memset(fixture, 0, sizeof *fixture);
    script_start(&fixture->script, steps, count);
    fixture->clock = (struct stepping_clock){
        .clock = {step_boot_ms, step_wall_ms, &fixture->clock}, .now_ms = START_MS, .step_ms = 0};
    fixture->credentials.source = (struct credentials_source){.get = asked_get};
    struct aws_client_options options = {.service = AWS_FIREHOSE,
                                         .region = "eu-west-1",
                                         .endpoint = "http://localhost:1",
                                         .transport = &fixture->script.transport,
                                         .credentials = &fixture->credentials.source,
                                         .clock = &fixture->clock.clock,
                                         .max_attempts = 1,
                                         .retry_mode = mode};
    assert_int_equal(aws_client_create(&options, &fixture->client).code, STATUS_OK);
}

static void fixture_end(struct fixture *fixture)
{
    aws_reply_free(&fixture->reply);
    aws_client_destroy(fixture->client);
    script_end(&fixture->script);
}

#define START(fixture, mode, steps) fixture_start(fixture, mode, steps, sizeof(steps) / sizeof(steps)[0])

static struct aws_call some_call(void)
{
    return (struct aws_call){.operation = "PutRecordBatch", .body = slice_of_text("{}")};
}

static enum status_code call(struct fixture *fixture, const struct aws_call *call)
{
    return aws_client_call(fixture->client, call, &fixture->reply).code;
}

static double rate_of(struct fixture *fixture)
{
    struct aws_client_counts counts;
    aws_client_read_counts(fixture->client, &counts);
    return counts.send_rate;
}

#define OK_STEP   {.status = 200, .body = "{}"}
#define THROTTLED {.status = 400, .body = "{\"__type\":\"x#ThrottlingException\",\"message\":\"no\"}"}
#define TOO_LARGE {.status = 413, .body = "{\"__type\":\"x#RequestEntityTooLargeException\"}"}

static void only_the_adaptive_mode_holds_back_and_only_after_a_throttle(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.transport = STATUS_UNAVAILABLE}, {.status = 503, .body = ""}, THROTTLED, OK_STEP, OK_STEP};
    static const struct {
        enum retry_mode mode;
        enum status_code last;
    } cases[] = {
        {RETRY_MODE_STANDARD, STATUS_OK},
        {RETRY_MODE_LEGACY, STATUS_OK},
        {RETRY_MODE_ADAPTIVE, STATUS_THROTTLED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        struct aws_call one = some_call();
        START(&f, cases[i].mode, steps);
        assert_int_equal(call(&f, &one), STATUS_UNAVAILABLE);
        assert_int_equal(call(&f, &one), STATUS_UNAVAILABLE);
        assert_true(rate_of(&f) == 0);
        assert_int_equal(call(&f, &one), STATUS_THROTTLED);
        assert_false(f.reply.held_back);
        one.deadline_boot_ms = f.clock.now_ms + 3; /* within what the clock moves during the call */
        f.clock.step_ms = 1;
        assert_int_equal(call(&f, &one), cases[i].last);
        assert_true(rate_of(&f) == (cases[i].mode == RETRY_MODE_ADAPTIVE ? 0.5 : 0));
        fixture_end(&f);
    }
}

static void a_call_without_a_token_sends_nothing_and_leaves_nothing_of_the_reply_before(void **state)
{
    (void)state;
    static const struct script_step steps[] = {THROTTLED, TOO_LARGE, OK_STEP};
    struct fixture f;
    struct aws_call one = some_call();
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    f.clock.now_ms += FLOOR_TOKEN_MS;
    assert_int_equal(call(&f, &one), STATUS_TOO_LARGE);
    assert_int_equal(f.reply.http.status, 413);
    one.deadline_boot_ms = f.clock.now_ms + 1000;
    f.clock.step_ms = 200;
    struct status status = aws_client_call(f.client, &one, &f.reply);
    assert_int_equal(status.code, STATUS_THROTTLED);
    assert_string_equal(status.reason,
                        "Firehose PutRecordBatch: the adaptive retry mode let no request go in time");
    assert_true(f.reply.held_back);
    assert_int_equal(f.script.used, 2);
    assert_int_equal(f.credentials.asked, 2); /* none are fetched for a request that is not sent */
    assert_int_equal(f.reply.attempts, 0);
    assert_int_equal(f.reply.http.status, 0);
    assert_int_equal(f.reply.http.body.length, 0);
    assert_int_equal(f.reply.http.headers.length, 0);
    assert_string_equal(f.reply.error_code, "");
    f.clock.now_ms += FLOOR_TOKEN_MS;
    f.clock.step_ms = 0;
    one.deadline_boot_ms = 0;
    assert_int_equal(call(&f, &one), STATUS_OK);
    assert_false(f.reply.held_back);
    fixture_end(&f);
}

/* A request that fails for credentials must not be taken for one refused for its content. */
static void a_failure_before_the_request_leaves_nothing_of_the_reply_before(void **state)
{
    (void)state;
    static const struct script_step steps[] = {TOO_LARGE};
    struct fixture f;
    struct aws_call one = some_call();
    START(&f, RETRY_MODE_STANDARD, steps);
    assert_int_equal(call(&f, &one), STATUS_TOO_LARGE);
    f.credentials.failure = status_make(STATUS_UNAVAILABLE, "no answer");
    assert_int_equal(call(&f, &one), STATUS_UNAVAILABLE);
    assert_int_equal(f.reply.http.status, 0);
    assert_int_equal(f.reply.http.body.length, 0);
    fixture_end(&f);
}

static void a_token_in_time_leaves_half_of_the_exchange(void **state)
{
    (void)state;
    static const struct script_step steps[] = {THROTTLED, OK_STEP, OK_STEP};
    struct fixture f;
    struct aws_call one = some_call();
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    one.deadline_boot_ms = f.clock.now_ms + 5000;
    one.attempt_timeout_ms = 5000;
    f.clock.step_ms = 250;
    assert_int_equal(call(&f, &one), STATUS_OK);
    assert_in_range(f.script.requests[1].timeout_ms, 2500 - 250, 5000 - FLOOR_TOKEN_MS);
    fixture_end(&f);
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    one.deadline_boot_ms = 0;
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    one.deadline_boot_ms = f.clock.now_ms + 3000; /* the token comes behind the half */
    f.clock.step_ms = 250;
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    assert_int_equal(f.script.used, 1);
    fixture_end(&f);
}

static void an_urgent_call_goes_at_once_but_takes_the_token_that_is_there(void **state)
{
    (void)state;
    static const struct script_step steps[] = {THROTTLED, OK_STEP, OK_STEP, OK_STEP};
    struct fixture f;
    struct aws_call urgent = some_call();
    struct aws_call patient = some_call();
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    assert_int_equal(call(&f, &patient), STATUS_THROTTLED);
    urgent.urgent = true;
    f.clock.step_ms = 20;
    urgent.deadline_boot_ms = f.clock.now_ms + 500;
    assert_int_equal(call(&f, &urgent), STATUS_OK);
    f.clock.now_ms += FLOOR_TOKEN_MS;
    urgent.deadline_boot_ms = f.clock.now_ms + 500;
    assert_int_equal(call(&f, &urgent), STATUS_OK);
    patient.deadline_boot_ms = f.clock.now_ms + 100;
    assert_int_equal(call(&f, &patient), STATUS_THROTTLED);
    assert_true(f.reply.held_back);
    fixture_end(&f);
}

/* The attempt before may have taken effect: "throttled" would say that nothing happened. */
static void without_a_token_for_a_retry_the_last_outcome_stands(void **state)
{
    (void)state;
    static const struct script_step steps[] = {THROTTLED, {.transport = STATUS_UNAVAILABLE}, OK_STEP};
    struct fixture f;
    struct aws_call one = some_call();
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    f.clock.now_ms += FLOOR_TOKEN_MS;
    f.clock.step_ms = 50;
    one.max_attempts = 3;
    one.deadline_boot_ms = f.clock.now_ms + 1000;
    assert_int_equal(call(&f, &one), STATUS_UNAVAILABLE);
    assert_false(f.reply.held_back);
    assert_int_equal(f.reply.attempts, 1);
    assert_int_equal(f.script.used, 2);
    fixture_end(&f);
}

static void a_stop_ends_the_wait_for_a_token(void **state)
{
    (void)state;
    static const struct script_step steps[] = {THROTTLED, OK_STEP};
    struct fixture f;
    struct stop stop;
    struct aws_call one = some_call();
    START(&f, RETRY_MODE_ADAPTIVE, steps);
    stop_init(&stop);
    one.cancel = &stop;
    assert_int_equal(call(&f, &one), STATUS_THROTTLED);
    stop_request(&stop);
    struct status status = aws_client_call(f.client, &one, &f.reply);
    assert_int_equal(status.code, STATUS_STOPPED);
    assert_string_equal(status.reason, "Firehose PutRecordBatch: stopped before its first attempt");
    assert_int_equal(f.script.used, 1);
    stop_destroy(&stop);
    fixture_end(&f);
}

/* ---- Many threads ---- */

enum { THREADS = 4, CALLS = 3 };

struct shared {
    struct call_pace pace;
    struct mutex lock;
    int tokens;
};

static void *take_some(void *argument)
{
    struct shared *shared = argument;
    struct aws_call one = some_call();
    for (int i = 0; i < CALLS; i++) {
        if (call_pace_wait(&shared->pace, &one, 0) == CALL_WAIT_OVER) {
            call_pace_reply(&shared->pace, false);
            mutex_lock(&shared->lock);
            shared->tokens++;
            mutex_unlock(&shared->lock);
        }
    }
    return NULL;
}

static void threads_share_one_rate(void **state)
{
    (void)state;
    struct shared shared = {.tokens = 0};
    struct thread threads[THREADS] = {0};
    call_pace_init(&shared.pace, RETRY_MODE_ADAPTIVE, clock_real());
    mutex_init(&shared.lock);
    int64_t begun_ms = clock_boot_ms(clock_real());
    call_pace_reply(&shared.pace, true);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(thread_start(&threads[i], "taker", THREAD_STACK_SMALL, take_some, &shared).code,
                         STATUS_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(shared.tokens, THREADS * CALLS);
    assert_true(clock_boot_ms(clock_real()) - begun_ms >= FLOOR_TOKEN_MS); /* the first of all came then */
    call_pace_destroy(&shared.pace);
    mutex_destroy(&shared.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_adaptive_mode_holds_back_and_only_after_a_throttle),
        cmocka_unit_test(a_call_without_a_token_sends_nothing_and_leaves_nothing_of_the_reply_before),
        cmocka_unit_test(a_failure_before_the_request_leaves_nothing_of_the_reply_before),
        cmocka_unit_test(a_token_in_time_leaves_half_of_the_exchange),
        cmocka_unit_test(an_urgent_call_goes_at_once_but_takes_the_token_that_is_there),
        cmocka_unit_test(without_a_token_for_a_retry_the_last_outcome_stands),
        cmocka_unit_test(a_stop_ends_the_wait_for_a_token),
        cmocka_unit_test(threads_share_one_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
