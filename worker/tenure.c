#include "worker/tenure.h"

#include <stdio.h>
#include <stdlib.h>

/* Stands in valid_until_boot_ms once the lease is gone for good. */
#define TENURE_NEVER_VALID INT64_MIN

struct status tenure_create(const struct lease_grant *grant, const struct clock *clock,
                            struct wake_flag *wake, struct tenure **ret_tenure)
{
    struct tenure *tenure = calloc(1, sizeof *tenure);
    if (tenure == NULL) {
        return status_no_memory("a granted lease", sizeof *tenure);
    }
    snprintf(tenure->key, sizeof tenure->key, "%s", grant->key);
    snprintf(tenure->checkpoint_text, sizeof tenure->checkpoint_text, "%s", grant->checkpoint_text);
    snprintf(tenure->nonce, sizeof tenure->nonce, "%s", grant->nonce == NULL ? "" : grant->nonce);
    snprintf(tenure->writer, sizeof tenure->writer, "%s", grant->writer == NULL ? "" : grant->writer);
    tenure->grant = *grant;
    tenure->grant.key = tenure->key;
    tenure->grant.checkpoint_text = tenure->checkpoint_text;
    tenure->grant.nonce = tenure->nonce;
    tenure->grant.writer = tenure->writer;
    tenure->clock = clock;
    tenure->wake = wake;
    atomic_init(&tenure->valid_until_boot_ms, grant->valid_until_boot_ms);
    atomic_init(&tenure->ended, false);
    atomic_init(&tenure->failed, false);
    tenure->phase = TENURE_WAITING;
    *ret_tenure = tenure;
    return status_ok();
}

void tenure_destroy(struct tenure *tenure)
{
    free(tenure);
}

static bool is_valid(void *context)
{
    struct tenure *tenure = context;
    return clock_boot_ms(tenure->clock) < atomic_load(&tenure->valid_until_boot_ms);
}

struct shard_ownership tenure_ownership(struct tenure *tenure)
{
    return (struct shard_ownership){.is_valid = is_valid, .context = tenure};
}

static void on_ended(void *context, struct shard *shard)
{
    (void)shard;
    struct tenure *tenure = context;
    atomic_store(&tenure->ended, true);
    wake_flag_raise(tenure->wake);
}

static void on_failed(void *context, struct shard *shard, const struct status *why)
{
    (void)shard;
    (void)why; /* logged where it happened */
    struct tenure *tenure = context;
    atomic_store(&tenure->failed, true);
    wake_flag_raise(tenure->wake);
}

struct shard_events tenure_events(struct tenure *tenure)
{
    return (struct shard_events){.context = tenure, .ended = on_ended, .failed = on_failed};
}

void tenure_extend(struct tenure *tenure, int64_t valid_until_boot_ms)
{
    int64_t before = atomic_load(&tenure->valid_until_boot_ms);
    while (before != TENURE_NEVER_VALID && before < valid_until_boot_ms) {
        if (atomic_compare_exchange_weak(&tenure->valid_until_boot_ms, &before, valid_until_boot_ms)) {
            return;
        }
    }
}

void tenure_invalidate(struct tenure *tenure)
{
    atomic_store(&tenure->valid_until_boot_ms, TENURE_NEVER_VALID);
}

void wake_flag_init(struct wake_flag *flag) NO_THREAD_CHECK
{
    mutex_init(&flag->lock);
    condition_init(&flag->changed);
    flag->raised = false;
}

void wake_flag_destroy(struct wake_flag *flag)
{
    condition_destroy(&flag->changed);
    mutex_destroy(&flag->lock);
}

void wake_flag_raise(struct wake_flag *flag)
{
    mutex_lock(&flag->lock);
    flag->raised = true;
    condition_signal(&flag->changed);
    mutex_unlock(&flag->lock);
}

void wake_flag_wait_ms(struct wake_flag *flag, int64_t ms)
{
    mutex_lock(&flag->lock);
    if (!flag->raised && ms > 0) {
        (void)condition_wait_ms(&flag->changed, &flag->lock, ms);
    }
    flag->raised = false;
    mutex_unlock(&flag->lock);
}
