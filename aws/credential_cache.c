#include "aws/credential_cache.h"

#include <stdlib.h>

#include "aws/credential_shared.h"
#include "base/backoff.h"
#include "base/thread.h"

enum {
    CACHE_LONGEST_SLEEP_MS = 60 * 1000, /* the wall clock can be set while it sleeps */
    CACHE_RETRY_BASE_MS = 1000,
    CACHE_RETRY_CAP_MS = 60 * 1000,
    CACHE_SETTLE_MS = 1000, /* an answer this young is not asked for again */
};

struct cache {
    struct credentials_source source;
    struct credentials_source *inner; /* the thread's alone while it runs */
    const struct clock *clock; /* constant */
    struct stop *cancel; /* constant */
    struct thread thread; /* the creator's */

    struct mutex lock;
    struct condition wanted; /* the thread waits on it */
    struct condition finished; /* callers wait on it */
    struct credential_shared *current GUARDED_BY(lock); /* NULL: none yet */
    struct credential_cache_state state GUARDED_BY(lock);
    int64_t obtained_wall_ms GUARDED_BY(lock);
    bool is_refused GUARDED_BY(lock); /* invalidated since the last refresh */
    bool is_wanted GUARDED_BY(lock); /* a caller needs a refresh now */
    bool is_stopping GUARDED_BY(lock);
    uint64_t attempts GUARDED_BY(lock); /* finished, good or bad */
    int64_t attempt_boot_ms GUARDED_BY(lock); /* when the last one finished */
};

enum credential_age credential_cache_age(int64_t obtained_wall_ms, int64_t expires_wall_ms,
                                         int64_t now_wall_ms)
{
    if (expires_wall_ms == CREDENTIALS_NEVER) {
        return CREDENTIAL_FRESH;
    }
    int64_t life_ms = expires_wall_ms - obtained_wall_ms;
    int64_t left_ms = expires_wall_ms - now_wall_ms;
    int64_t advisory_ms =
        life_ms / 2 < CREDENTIAL_CACHE_ADVISORY_MS ? life_ms / 2 : CREDENTIAL_CACHE_ADVISORY_MS;
    int64_t mandatory_ms =
        life_ms / 3 < CREDENTIAL_CACHE_MANDATORY_MS ? life_ms / 3 : CREDENTIAL_CACHE_MANDATORY_MS;
    if (left_ms <= 0 || left_ms < mandatory_ms) {
        return CREDENTIAL_MANDATORY;
    }
    return left_ms < advisory_ms ? CREDENTIAL_ADVISORY : CREDENTIAL_FRESH;
}

static enum credential_age age(struct cache *cache) REQUIRES(cache->lock)
{
    if (!cache->state.has_credentials || cache->is_refused) {
        return CREDENTIAL_MANDATORY;
    }
    return credential_cache_age(cache->obtained_wall_ms, cache->state.expires_wall_ms,
                                clock_wall_ms(cache->clock));
}

/* How long ago the last attempt ended; very long before the first. */
static int64_t since_attempt_ms(struct cache *cache) REQUIRES(cache->lock)
{
    return cache->attempts == 0 ? INT64_MAX : clock_boot_ms(cache->clock) - cache->attempt_boot_ms;
}

/* Takes the outcome of an attempt in: the caller's hold on `shared` too, which is NULL for a failure. */
static void settle(struct cache *cache, struct status status, struct credential_shared *shared)
    REQUIRES(cache->lock)
{
    int64_t now_ms = clock_wall_ms(cache->clock);
    const struct credentials *fetched = shared == NULL ? NULL : &shared->credentials;
    if (fetched != NULL && fetched->expires_wall_ms <= now_ms) {
        status =
            status_make(STATUS_EXPIRED,
                        "the credentials from %s had ended already: check that source and this machine's "
                        "clock",
                        fetched->source);
    }
    if (fetched != NULL && status_is_ok(&status)) {
        credential_shared_release(cache->current);
        cache->current = credential_shared_hold(shared);
        cache->obtained_wall_ms = now_ms;
        cache->is_refused = false;
        cache->state.has_credentials = true;
        cache->state.expires_wall_ms = fetched->expires_wall_ms;
        cache->state.refreshes++;
    } else {
        cache->state.failures++;
    }
    cache->state.last = status;
    cache->is_wanted = false;
    cache->attempts++;
    cache->attempt_boot_ms = clock_boot_ms(cache->clock);
    condition_broadcast(&cache->finished);
}

/* True when the thread should ask now. */
static bool is_due(struct cache *cache, int64_t pause_ms) REQUIRES(cache->lock)
{
    if (cache->is_wanted) {
        return true;
    }
    return cache->state.has_credentials && !cache->is_refused && age(cache) != CREDENTIAL_FRESH &&
           since_attempt_ms(cache) >= pause_ms;
}

/* How long the thread may sleep before it looks again. */
static int64_t sleep_ms(struct cache *cache, int64_t pause_ms) REQUIRES(cache->lock)
{
    if (!cache->state.has_credentials || cache->state.expires_wall_ms == CREDENTIALS_NEVER) {
        return CACHE_LONGEST_SLEEP_MS;
    }
    int64_t left_ms =
        age(cache) == CREDENTIAL_FRESH
            ? cache->state.expires_wall_ms - clock_wall_ms(cache->clock) - CREDENTIAL_CACHE_ADVISORY_MS
            : pause_ms - since_attempt_ms(cache);
    if (left_ms < CACHE_RETRY_BASE_MS) {
        return CACHE_RETRY_BASE_MS;
    }
    return left_ms > CACHE_LONGEST_SLEEP_MS ? CACHE_LONGEST_SLEEP_MS : left_ms;
}

/* Asks the inner source without the lock. */
static struct status attempt(struct cache *cache) EXCLUDES(cache->lock)
{
    struct credential_shared *shared = NULL;
    struct status status = credential_shared_get(cache->inner, &shared);
    mutex_lock(&cache->lock);
    settle(cache, status, shared);
    status = cache->state.last;
    mutex_unlock(&cache->lock);
    credential_shared_release(shared);
    return status;
}

/* Sleeps until an attempt is due; false at the end. */
static bool await_due(struct cache *cache, int64_t pause_ms) EXCLUDES(cache->lock)
{
    mutex_lock(&cache->lock);
    while (!cache->is_stopping && !is_due(cache, pause_ms)) {
        (void)condition_wait_ms(&cache->wanted, &cache->lock, sleep_ms(cache, pause_ms));
    }
    bool goes_on = !cache->is_stopping;
    mutex_unlock(&cache->lock);
    return goes_on;
}

static void *run(void *argument)
{
    struct cache *cache = argument;
    struct backoff backoff;
    struct random random;
    int64_t pause_ms = CACHE_RETRY_BASE_MS;
    random_init(&random, random_seed_from_system());
    backoff_init(&backoff, CACHE_RETRY_BASE_MS, CACHE_RETRY_CAP_MS);
    while (await_due(cache, pause_ms)) {
        struct status status = attempt(cache);
        if (status_is_ok(&status)) {
            backoff_reset(&backoff);
            pause_ms = CACHE_RETRY_BASE_MS;
        } else {
            pause_ms = backoff_next_ms(&backoff, &random);
        }
    }
    return NULL;
}

/* Whether an attempt that ended after `seen` others, or just before, answers this caller. */
static bool is_answered(struct cache *cache, uint64_t seen) REQUIRES(cache->lock)
{
    return cache->attempts != seen || (!cache->is_refused && since_attempt_ms(cache) < CACHE_SETTLE_MS);
}

/* Waits until an attempt has ended; its outcome, or why it did not come. */
static struct status await_attempt(struct cache *cache) REQUIRES(cache->lock)
{
    uint64_t seen = cache->attempts;
    int64_t longest_ms =
        cache->state.has_credentials ? CREDENTIAL_CACHE_WAIT_MS : CREDENTIAL_CACHE_FIRST_WAIT_MS;
    int64_t deadline_ms = clock_boot_ms(cache->clock) + longest_ms;
    while (!is_answered(cache, seen)) {
        int64_t left_ms = deadline_ms - clock_boot_ms(cache->clock);
        if (cache->is_stopping || stop_is_requested(cache->cancel)) {
            return status_make(STATUS_STOPPED, "stopped while waiting for credentials");
        }
        if (left_ms <= 0) {
            return status_make(STATUS_TIMEOUT, "no credentials came within %lld ms", (long long)longest_ms);
        }
        cache->is_wanted = true;
        condition_signal(&cache->wanted);
        (void)condition_wait_ms(&cache->finished, &cache->lock, left_ms < 200 ? left_ms : 200);
    }
    return cache->state.last;
}

/* Waits until there are credentials in `current` that are valid. */
static struct status await_current(struct cache *cache) REQUIRES(cache->lock)
{
    enum credential_age now = age(cache);
    if (now == CREDENTIAL_MANDATORY) {
        TRY(await_attempt(cache));
    } else if (now == CREDENTIAL_ADVISORY) {
        condition_signal(&cache->wanted); /* it may sleep by a clock that was set since */
    }
    return status_ok();
}

static struct status cache_get(struct credentials_source *self, struct credentials *ret_credentials)
{
    struct cache *cache = (struct cache *)self;
    mutex_lock(&cache->lock);
    struct status status = await_current(cache);
    if (status_is_ok(&status)) {
        credentials_copy(ret_credentials, &cache->current->credentials);
    }
    mutex_unlock(&cache->lock);
    return status;
}

static struct status cache_share(struct credentials_source *self, struct credential_shared **ret_shared)
{
    struct cache *cache = (struct cache *)self;
    mutex_lock(&cache->lock);
    struct status status = await_current(cache);
    if (status_is_ok(&status)) {
        *ret_shared = credential_shared_hold(cache->current);
    }
    mutex_unlock(&cache->lock);
    return status;
}

static void cache_invalidate(struct credentials_source *self)
{
    struct cache *cache = (struct cache *)self;
    mutex_lock(&cache->lock);
    if (cache->state.has_credentials && since_attempt_ms(cache) >= CACHE_SETTLE_MS) {
        cache->is_refused = true;
    }
    mutex_unlock(&cache->lock);
}

static void cache_free(struct cache *cache)
{
    mutex_lock(&cache->lock);
    credential_shared_release(cache->current);
    mutex_unlock(&cache->lock);
    condition_destroy(&cache->wanted);
    condition_destroy(&cache->finished);
    mutex_destroy(&cache->lock);
    free(cache);
}

static void cache_destroy(struct credentials_source *self)
{
    struct cache *cache = (struct cache *)self;
    mutex_lock(&cache->lock);
    cache->is_stopping = true;
    condition_broadcast(&cache->wanted);
    condition_broadcast(&cache->finished);
    mutex_unlock(&cache->lock);
    thread_join(&cache->thread);
    cache->inner->destroy(cache->inner);
    cache_free(cache);
}

void credential_cache_read_state(struct credentials_source *source, struct credential_cache_state *ret_state)
{
    struct cache *cache = (struct cache *)source;
    mutex_lock(&cache->lock);
    *ret_state = cache->state;
    mutex_unlock(&cache->lock);
}

struct status credential_cache_create(const struct credential_cache_options *options,
                                      struct credentials_source **ret_source)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        return status_no_memory("the credential cache", sizeof(*cache));
    }
    cache->source = (struct credentials_source){
        .get = cache_get, .invalidate = cache_invalidate, .destroy = cache_destroy, .share = cache_share};
    cache->inner = options->inner;
    cache->clock = options->clock;
    cache->cancel = options->cancel;
    mutex_init(&cache->lock);
    condition_init(&cache->wanted);
    condition_init(&cache->finished);
    struct status status = thread_start(&cache->thread, "credentials", THREAD_STACK_CALLS, run, cache);
    if (!status_is_ok(&status)) {
        cache_free(cache);
        return status;
    }
    *ret_source = &cache->source;
    return status_ok();
}
