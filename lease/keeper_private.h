/* Private to the files of the keeper: its state. A test that brings its own world starts it through
 * lease_keeper_start_with(). */
#ifndef PENSTOCK_LEASE_KEEPER_PRIVATE_H
#define PENSTOCK_LEASE_KEEPER_PRIVATE_H

#include "lease/keeper_pool.h"
#include "lease/keeper_watch.h"
#include "lease/lease_table.h"

/* A call of the shard's owner on its way to the keeper's thread. */
struct keeper_call {
    struct keeper_call *next;
    enum lease_event_kind kind;
    char key[LEASE_KEY_BYTES];
    uint64_t tenure;
};

/* What others may look at (lease/keeper_watch.h); all under the keeper's lock. */
struct keeper_watch {
    struct lease_keeper_pulse pulse;
    struct lease_move moves[LEASE_MOVES]; /* a ring */
    size_t move_count; /* ever */
    bool rows_wanted; /* somebody waits for rows_came */
    struct lease_snapshot rows; /* for the one who asked */
    struct condition rows_came;
};

struct lease_keeper {
    /* Constant after the start. */
    const struct clock *clock;
    struct lease_observer observer;
    struct lease_store store;
    struct lease_table_options table; /* what `store` works on in production; its texts are below */
    char table_name[DYNAMODB_NAME_BYTES];
    char stream_arn[STREAMS_ARN_BYTES];
    char worker_id[LEASE_OWNER_BYTES];
    struct stop cancel; /* ends requests under way */
    int64_t gap_ms; /* keeper_pace_gap_ms() */
    struct thread thread;
    struct keeper_pool pool;

    /* The keeper's thread alone. */
    struct lease_rules *rules;
    struct lease_actions actions;
    int64_t last_scan_ms;
    size_t broken_rows;
    bool recount;
    struct lease_move origin; /* of the lease whose answer is taken in */
    bool leaving;
    size_t asked; /* requests without an answer yet */
    int64_t ticked_ms; /* the last tick */
    bool hurried; /* since then something else happened than that a renewal went well */

    struct mutex lock;
    struct condition changed;
    struct keeper_queue answers GUARDED_BY(lock);
    struct keeper_call *calls GUARDED_BY(lock); /* newest last */
    struct keeper_call **calls_end GUARDED_BY(lock);
    bool leave GUARDED_BY(lock);
    bool stopping GUARDED_BY(lock);
    struct lease_keeper_counts counts GUARDED_BY(lock);
    struct keeper_watch watch GUARDED_BY(lock);
};

/* As lease_keeper_start, over a world of the caller's (copied; what it points to outlives the keeper).
 * NULL: the lease table and stream of the options. */
struct status lease_keeper_start_with(const struct lease_keeper_options *options,
                                      const struct lease_store *store, struct lease_keeper **ret_keeper)
    MUST_USE;

/* keeper.c: the keeper's thread. `argument` is the keeper. */
void *keeper_run(void *argument);

/* keeper_work.c: carries a request out on a pool thread and hands the answer back. The keeper's thread is not woken
 * for a renewal that went well while others wait for the pool: it looks every gap_ms while answers are due. */
void keeper_work_run(void *context, struct keeper_task *task)
    EXCLUDES(((struct lease_keeper *)context)->lock);
/* The answer as an event; borrows from the task. */
void keeper_work_event(const struct lease_keeper *keeper, const struct keeper_task *task,
                       struct lease_event *ret_event);
/* Whether the answer is that a lease was renewed. */
bool keeper_work_is_renewal(const struct keeper_task *task);
/* What an action that could not even be queued comes back as. */
void keeper_work_refusal(const struct lease_action *action, int64_t now_ms, struct lease_event *ret_event);

/* keeper_watch.c; on the keeper's thread. */
void keeper_watch_turn(struct lease_keeper *keeper) EXCLUDES(keeper->lock);
void keeper_watch_action(struct lease_keeper *keeper, const struct lease_action *action)
    EXCLUDES(keeper->lock);
void keeper_watch_move(struct lease_keeper *keeper, const struct lease_move *move) EXCLUDES(keeper->lock);
/* Before the rules take the answer in. */
void keeper_watch_answer(struct lease_keeper *keeper, const struct keeper_task *task) EXCLUDES(keeper->lock);

/* keeper_notify.c: tells the observer and the log. */
void keeper_notify(struct lease_keeper *keeper, const struct lease_action *action);
void keeper_notify_failure(const struct lease_keeper *keeper, const struct keeper_task *task);

#endif
