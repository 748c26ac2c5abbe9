/* What the tests of this room share: seeds, parcels, a receiver that counts verdicts. */
#ifndef PENSTOCK_TESTS_UNIT_SINK_SUPPORT_H
#define PENSTOCK_TESTS_UNIT_SINK_SUPPORT_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "sink/sink.h"

/* The seed of this run: PENSTOCK_TEST_SEED, or a new one, printed. */
static inline uint64_t test_seed(void)
{
    const char *text = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : random_seed_from_system();
    printf("PENSTOCK_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* What the sinks log about faults made on purpose is of no interest. */
static inline void test_silence_log(void)
{
    log_set_descriptor(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static inline void assert_ok(struct status status)
{
    if (!status_is_ok(&status)) {
        fail_msg("%s: %s", status_code_name(status.code), status.reason);
    }
}

/* A parcel of lines of these lengths; line i is made of the letter 'a' + i % 26, with its newline. */
static inline struct parcel *make_parcel(const uint32_t *lengths, uint32_t count, uint64_t first_token,
                                         struct sink_receiver *receiver)
{
    struct parcel *parcel = NULL;
    assert_ok(parcel_create(UINT32_MAX, &parcel));
    for (uint32_t i = 0; i < count; i++) {
        size_t offset = parcel->data.length;
        assert_ok(bytes_reserve(&parcel->data, lengths[i]));
        memset(parcel->data.at + offset, 'a' + (int)(i % 26), lengths[i]);
        parcel->data.length += lengths[i];
        parcel->data.at[parcel->data.length - 1] = '\n';
        assert_int_equal(parcel_add_line(parcel, (uint32_t)offset, i), STATUS_OK);
    }
    parcel->first_token = first_token;
    parcel->receiver = receiver;
    return parcel;
}

/* A shard that only counts: which verdict each token got. */
struct counting_receiver {
    struct sink_receiver receiver; /* first: verdict and may_send cast back */
    struct mutex lock;
    struct condition changed;
    uint64_t tokens;
    uint8_t *verdicts; /* by token: 0, or 1 + enum sink_verdict; 100: more than one */
    uint64_t resolved;
    uint64_t calls;
    bool lost;
    char reason[STATUS_REASON_BYTES];
};

static inline void counting_verdict(struct sink_receiver *self, uint64_t first_token, uint32_t count,
                                    enum sink_verdict verdict, const char *reason)
{
    struct counting_receiver *counting = (struct counting_receiver *)self;
    mutex_lock(&counting->lock);
    counting->calls++;
    for (uint64_t token = first_token; token < first_token + count; token++) {
        if (token >= counting->tokens) {
            abort();
        }
        counting->verdicts[token] = counting->verdicts[token] == 0 ? (uint8_t)(1 + verdict) : 100;
    }
    counting->resolved += count;
    if (reason != NULL) {
        snprintf(counting->reason, sizeof counting->reason, "%s", reason);
    }
    condition_broadcast(&counting->changed);
    mutex_unlock(&counting->lock);
}

static inline bool counting_may_send(struct sink_receiver *self)
{
    return !__atomic_load_n(&((struct counting_receiver *)self)->lost, __ATOMIC_ACQUIRE);
}

static inline void counting_lose(struct counting_receiver *counting)
{
    __atomic_store_n(&counting->lost, true, __ATOMIC_RELEASE);
}

static inline void counting_init(struct counting_receiver *counting, const char *shard, uint64_t tokens)
{
    *counting = (struct counting_receiver){
        .receiver = {.shard = shard, .verdict = counting_verdict, .may_send = counting_may_send},
        .tokens = tokens};
    counting->verdicts = calloc(1, tokens + 1);
    assert_non_null(counting->verdicts);
    mutex_init(&counting->lock);
    condition_init(&counting->changed);
}

static inline void counting_free(struct counting_receiver *counting)
{
    free(counting->verdicts);
    condition_destroy(&counting->changed);
    mutex_destroy(&counting->lock);
}

/* Waits until `count` lines have a verdict; a wait that lasts four minutes is a hang. */
static inline void counting_wait(struct counting_receiver *counting, uint64_t count)
{
    int64_t until = clock_boot_ms(clock_real()) + 240000;
    mutex_lock(&counting->lock);
    while (counting->resolved < count && clock_boot_ms(clock_real()) < until) {
        (void)condition_wait_ms(&counting->changed, &counting->lock, 1000);
    }
    uint64_t resolved = counting->resolved;
    mutex_unlock(&counting->lock);
    if (resolved < count) {
        fail_msg("%s: %llu of %llu lines have a verdict", counting->receiver.shard,
                 (unsigned long long)resolved, (unsigned long long)count);
    }
}

static inline uint64_t counting_of(const struct counting_receiver *counting, enum sink_verdict verdict)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < counting->tokens; i++) {
        count += counting->verdicts[i] == 1 + verdict;
    }
    return count;
}

#endif
