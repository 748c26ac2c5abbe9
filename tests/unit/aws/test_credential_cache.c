/* The two refresh windows: a worker must neither stop because one refresh failed, nor use what has ended, nor
 * wait for a slow source while it has valid credentials. */
#include "tests/unit/aws/credential_fixture.h"

#include "aws/credential_cache.h"
#include "aws/credential_shared.h"

enum { MINUTE_MS = 60 * 1000 };

/* A source that a test drives: counts, can be held, and gives what it is told. */
struct fake_source {
    struct credentials_source source;
    struct mutex lock;
    struct condition changed;
    size_t asked GUARDED_BY(lock);
    bool is_held GUARDED_BY(lock);
    bool fails GUARDED_BY(lock);
    int64_t expires_wall_ms GUARDED_BY(lock);
    bool destroyed;
};

static struct status fake_get(struct credentials_source *self, struct credentials *ret_credentials)
{
    struct fake_source *fake = (struct fake_source *)self;
    mutex_lock(&fake->lock);
    size_t number = ++fake->asked;
    condition_broadcast(&fake->changed);
    while (fake->is_held) {
        condition_wait(&fake->changed, &fake->lock);
    }
    struct status status = fake->fails ? status_make(STATUS_UNAVAILABLE, "made up") : status_ok();
    if (status_is_ok(&status)) {
        *ret_credentials = (struct credentials){.expires_wall_ms = fake->expires_wall_ms, .source = "fake"};
        (void)snprintf(ret_credentials->access_key_id, CREDENTIALS_KEY_BYTES, "AK%zu", number);
    }
    mutex_unlock(&fake->lock);
    return status;
}

static void fake_source_invalidate(struct credentials_source *self)
{
    (void)self;
}

static void fake_source_destroy(struct credentials_source *self)
{
    ((struct fake_source *)self)->destroyed = true;
}

static void fake_set(struct fake_source *fake, bool is_held, bool fails, int64_t expires_wall_ms)
{
    mutex_lock(&fake->lock);
    fake->is_held = is_held;
    fake->fails = fails;
    fake->expires_wall_ms = expires_wall_ms;
    condition_broadcast(&fake->changed);
    mutex_unlock(&fake->lock);
}

/* Waits until it was asked `count` times; hangs for 60 s at most. */
static void fake_await(struct fake_source *fake, size_t count)
{
    mutex_lock(&fake->lock);
    for (int i = 0; fake->asked < count && i < 60; i++) {
        (void)condition_wait_ms(&fake->changed, &fake->lock, 1000);
    }
    size_t asked = fake->asked;
    mutex_unlock(&fake->lock);
    assert_int_equal(asked, count);
}

/* A clock for several threads: moved under a lock. */
struct shared_clock {
    struct clock clock;
    struct mutex lock;
    int64_t boot_ms GUARDED_BY(lock);
};

static int64_t shared_boot_ms(void *context)
{
    struct shared_clock *shared = context;
    mutex_lock(&shared->lock);
    int64_t ms = shared->boot_ms;
    mutex_unlock(&shared->lock);
    return ms;
}

static int64_t shared_wall_ms(void *context)
{
    return WALL_MS + shared_boot_ms(context);
}

static void shared_advance(struct shared_clock *shared, int64_t ms)
{
    mutex_lock(&shared->lock);
    shared->boot_ms += ms;
    mutex_unlock(&shared->lock);
}

struct rig {
    struct fake_source fake;
    struct shared_clock clock;
    struct stop cancel;
    struct credentials_source *cache;
};

static struct rig *rig_open(int64_t life_ms)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    rig->fake.source = (struct credentials_source){
        .get = fake_get, .invalidate = fake_source_invalidate, .destroy = fake_source_destroy};
    mutex_init(&rig->fake.lock);
    condition_init(&rig->fake.changed);
    mutex_init(&rig->clock.lock);
    rig->clock.clock = (struct clock){shared_boot_ms, shared_wall_ms, &rig->clock};
    stop_init(&rig->cancel);
    fake_set(&rig->fake, false, false, life_ms == CREDENTIALS_NEVER ? CREDENTIALS_NEVER : WALL_MS + life_ms);
    struct credential_cache_options options = {&rig->fake.source, &rig->clock.clock, &rig->cancel};
    struct status status = credential_cache_create(&options, &rig->cache);
    assert_string_equal(status.reason, "");
    return rig;
}

static void rig_close(struct rig *rig)
{
    stop_request(&rig->cancel);
    rig->cache->destroy(rig->cache);
    assert_true(rig->fake.destroyed);
    stop_destroy(&rig->cancel);
    condition_destroy(&rig->fake.changed);
    mutex_destroy(&rig->fake.lock);
    mutex_destroy(&rig->clock.lock);
    free(rig);
}

static void check_get(struct rig *rig, const char *key)
{
    struct credentials credentials = {0};
    struct status status = credentials_get(rig->cache, &credentials);
    assert_string_equal(status.reason, "");
    assert_string_equal(credentials.access_key_id, key);
}

static void check_get_fails(struct rig *rig, enum status_code code, const char *reason)
{
    struct credentials credentials = {0};
    struct status status = credentials_get(rig->cache, &credentials);
    check_reason(&status, code, reason);
    assert_string_equal(credentials.access_key_id, "");
}

/* Waits until `count` refreshes have ended, however they ended. */
static void await_ended(struct rig *rig, uint64_t count)
{
    struct credential_cache_state state = {0};
    for (int i = 0; i < 6000 && state.refreshes + state.failures < count; i++) {
        (void)stop_wait_ms(&rig->cancel, 10);
        credential_cache_read_state(rig->cache, &state);
    }
    assert_int_equal(state.refreshes + state.failures, count);
}

static void the_windows(void **state)
{
    (void)state;
    static const struct {
        int64_t life_minutes;
        int64_t left_minutes;
        enum credential_age age;
    } cases[] = {
        {60, 60, CREDENTIAL_FRESH},     {60, 15, CREDENTIAL_FRESH},    {60, 14, CREDENTIAL_ADVISORY},
        {60, 10, CREDENTIAL_ADVISORY},  {60, 9, CREDENTIAL_MANDATORY}, {60, 0, CREDENTIAL_MANDATORY},
        {60, -1, CREDENTIAL_MANDATORY}, {12, 12, CREDENTIAL_FRESH},    {12, 6, CREDENTIAL_FRESH},
        {12, 5, CREDENTIAL_ADVISORY},   {12, 3, CREDENTIAL_MANDATORY},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t expires = WALL_MS + cases[i].life_minutes * MINUTE_MS;
        assert_int_equal(credential_cache_age(WALL_MS, expires, expires - cases[i].left_minutes * MINUTE_MS),
                         cases[i].age);
    }
    assert_int_equal(credential_cache_age(0, CREDENTIALS_NEVER, WALL_MS), CREDENTIAL_FRESH);
}

static void nothing_is_asked_before_the_first_get(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    struct credential_cache_state seen;
    credential_cache_read_state(rig->cache, &seen);
    assert_false(seen.has_credentials);
    check_get(rig, "AK1");
    check_get(rig, "AK1");
    credential_cache_read_state(rig->cache, &seen);
    assert_int_equal(seen.refreshes, 1);
    assert_int_equal(seen.expires_wall_ms, WALL_MS + 60 * MINUTE_MS);
    rig_close(rig);
}

static void the_advisory_window_never_makes_callers_wait(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    check_get(rig, "AK1");
    fake_set(&rig->fake, true, false, WALL_MS + 120 * MINUTE_MS);
    shared_advance(&rig->clock, 46 * MINUTE_MS);
    check_get(rig, "AK1"); /* wakes the thread */
    fake_await(&rig->fake, 2);
    check_get(rig, "AK1"); /* while the source hangs */
    fake_set(&rig->fake, false, true, 0);
    await_ended(rig, 2);
    check_get(rig, "AK1"); /* after it failed */
    fake_set(&rig->fake, true, false, WALL_MS + 120 * MINUTE_MS);
    shared_advance(&rig->clock, 2 * MINUTE_MS); /* from here the thread may ask by itself: it is held */
    check_get(rig, "AK1");
    fake_await(&rig->fake, 3);
    fake_set(&rig->fake, false, false, WALL_MS + 120 * MINUTE_MS);
    await_ended(rig, 3);
    check_get(rig, "AK3");
    rig_close(rig);
}

static void the_mandatory_window_waits_and_fails_in_words(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    check_get(rig, "AK1");
    fake_set(&rig->fake, false, true, 0);
    shared_advance(&rig->clock, 51 * MINUTE_MS);
    check_get_fails(rig, STATUS_UNAVAILABLE, "made up");
    fake_set(&rig->fake, false, false, WALL_MS + 120 * MINUTE_MS);
    check_get_fails(rig, STATUS_UNAVAILABLE, "made up"); /* not asked again within a second */
    shared_advance(&rig->clock, 1000);
    check_get(rig, "AK3");
    rig_close(rig);
}

static void ended_credentials_are_not_given_out(void **state)
{
    (void)state;
    struct rig *rig = rig_open(-1);
    check_get_fails(rig, STATUS_EXPIRED, "the credentials from fake had ended already");
    rig_close(rig);
}

static void refused_credentials_are_asked_for_again(void **state)
{
    (void)state;
    struct rig *rig = rig_open(CREDENTIALS_NEVER);
    check_get(rig, "AK1");
    rig->cache->invalidate(rig->cache); /* too soon to mean these */
    check_get(rig, "AK1");
    shared_advance(&rig->clock, 5000);
    rig->cache->invalidate(rig->cache);
    check_get(rig, "AK2");
    check_get(rig, "AK2");
    rig_close(rig);
}

static struct credential_shared *share(struct rig *rig, const char *key)
{
    struct credential_shared *shared = NULL;
    struct status status = credential_shared_get(rig->cache, &shared);
    assert_string_equal(status.reason, "");
    assert_string_equal(shared->credentials.access_key_id, key);
    return shared;
}

static void what_a_call_holds_outlives_a_refresh_and_the_cache(void **state)
{
    (void)state;
    struct rig *rig = rig_open(CREDENTIALS_NEVER);
    struct credential_shared *first = share(rig, "AK1");
    struct credential_shared *again = share(rig, "AK1");
    assert_ptr_equal(first, again); /* no copy */
    shared_advance(&rig->clock, 5000);
    rig->cache->invalidate(rig->cache);
    struct credential_shared *second = share(rig, "AK2");
    assert_string_equal(first->credentials.access_key_id, "AK1");
    credential_shared_release(first);
    assert_string_equal(again->credentials.access_key_id, "AK1");
    credential_shared_release(again);
    rig_close(rig);
    assert_string_equal(second->credentials.access_key_id, "AK2");
    credential_shared_release(second);
}

static void failures_share_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    struct credential_shared *shared = NULL;
    fake_set(&rig->fake, false, true, 0);
    struct status status = credential_shared_get(rig->cache, &shared);
    check_reason(&status, STATUS_UNAVAILABLE, "made up");
    assert_null(shared);
    status = credential_shared_get(&rig->fake.source, &shared); /* a source that shares nothing of its own */
    check_reason(&status, STATUS_UNAVAILABLE, "made up");
    assert_null(shared);
    rig_close(rig);
}

static void *get_once(void *argument)
{
    struct rig *rig = argument;
    struct credentials credentials = {0};
    struct status status = credentials_get(rig->cache, &credentials);
    return status_is_ok(&status) && strcmp(credentials.access_key_id, "AK1") == 0 ? rig : NULL;
}

static void many_callers_share_one_refresh(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    pthread_t threads[8];
    fake_set(&rig->fake, true, false, WALL_MS + 60 * MINUTE_MS);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, get_once, rig), 0);
    }
    fake_await(&rig->fake, 1);
    fake_set(&rig->fake, false, false, WALL_MS + 60 * MINUTE_MS);
    for (size_t i = 0; i < 8; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, rig);
    }
    fake_await(&rig->fake, 1);
    rig_close(rig);
}

static void a_stop_ends_the_wait(void **state)
{
    (void)state;
    struct rig *rig = rig_open(60 * MINUTE_MS);
    fake_set(&rig->fake, true, false, 0);
    stop_request(&rig->cancel);
    check_get_fails(rig, STATUS_STOPPED, "stopped");
    fake_set(&rig->fake, false, false, WALL_MS + 60 * MINUTE_MS);
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_windows),
        cmocka_unit_test(nothing_is_asked_before_the_first_get),
        cmocka_unit_test(the_advisory_window_never_makes_callers_wait),
        cmocka_unit_test(the_mandatory_window_waits_and_fails_in_words),
        cmocka_unit_test(ended_credentials_are_not_given_out),
        cmocka_unit_test(refused_credentials_are_asked_for_again),
        cmocka_unit_test(what_a_call_holds_outlives_a_refresh_and_the_cache),
        cmocka_unit_test(failures_share_nothing),
        cmocka_unit_test(many_callers_share_one_refresh),
        cmocka_unit_test(a_stop_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
