/* A simulated process: the real lease rules, supervisor rules, shard rules, acknowledgement window, outbox and
 * batches, driven as the threads of production drive them. */
#ifndef PENSTOCK_TESTS_SIM_WORKER_H
#define PENSTOCK_TESTS_SIM_WORKER_H

#include "base/backoff.h"
#include "lease/keeper_pool.h"
#include "shard/ack_window.h"
#include "shard/pacing.h"
#include "sink/outbox.h"
#include "sink/settle.h"
#include "sink/window.h"
#include "tests/sim/sim.h"
#include "worker/supervisor_rules.h"

enum { SIM_SENDERS = 2, SIM_LINES_WAITING = 4096 };

/* A state folder. What is in `now` and not in `durable` is lost by a crash. */
struct sim_slot {
    bool locked;
    char previous[LEASE_OWNER_BYTES];
    struct position_row *durable; /* by shard */
    struct position_row *now;
    struct position_row *copy; /* taken some time ago, or NULL */
    char copy_previous[LEASE_OWNER_BYTES];
    bool commit_waits;
};

struct sim_run; /* a shard's thread */

/* One holding of one lease, as worker/tenure.h. */
struct sim_tenure {
    struct sim_tenure *next; /* of the worker */
    int shard;
    struct lease_grant grant; /* its texts point into `row` */
    struct lease row;
    int64_t valid_until_ms; /* on the worker's clock; INT64_MIN: never again */
    enum tenure_phase phase;
    bool ended;
    bool failed;
    bool lost;
    bool wanted;
    bool told;
    bool has_position;
    struct sequence_number older; /* an earlier position of the running shard */
    struct sequence_number position;
    struct sim_run *run;
};

/* A request to the sink from one sender. */
struct sim_sender {
    uint64_t call; /* 0: idle or waiting */
    bool busy;
    bool first_request; /* of its batch, not yet answered */
    struct window window;
    struct backoff backoff;
};

/* A line on its way to the sink that keeps order. */
struct sim_line {
    struct batch_record record;
    uint64_t call; /* the request that carries it; 0: it waits */
};

struct sim_worker {
    struct sim *sim;
    size_t index;
    bool alive;
    uint32_t born; /* a number for each start of a process */
    char id[LEASE_OWNER_BYTES];
    struct sim_slot *slot;
    int64_t paused_until_ms;
    int64_t cut_table_ms; /* no request to the lease table passes until then */
    int64_t cut_sink_ms;

    /* Its clock: zero_ms of virtual time is base_ms, and goes rate/1,000,000 as fast. */
    int64_t zero_ms;
    int64_t base_ms;
    int64_t rate;
    int64_t wall_skew_ms;
    struct clock clock;

    /* The keeper. */
    struct lease_rules *rules;
    struct lease_actions actions;
    int64_t tick_at_ms; /* of the event that waits; 0: none */
    struct keeper_queue urgent;
    struct keeper_queue others;
    struct {
        uint64_t call; /* 0: free */
        bool other;
        struct keeper_task *task;
    } running[KEEPER_POOL_THREADS];
    size_t others_running;

    /* The supervisor. */
    struct sim_tenure *tenures; /* newest first */
    struct sim_tenure **by_shard; /* the newest of each shard, or NULL */
    int64_t round_at_ms; /* 0: none waits */
    bool leaving;
    bool overdue;

    /* The sink. */
    struct outbox outbox;
    int64_t pump_at_ms;
    struct sim_sender senders[SIM_SENDERS];
    struct sim_line *lines; /* ordered: SIM_LINES_WAITING */
    size_t line_count;
    struct backoff line_backoff;
    int64_t lines_retry_ms;
};

/* sim_worker.c: processes come and go. `index` is the machine, and its state folder. */
void sim_worker_start(struct sim *sim, size_t index);
void sim_worker_kill(struct sim *sim, size_t index);
void sim_worker_pause(struct sim *sim, size_t index, int64_t ms);
void sim_worker_leave(struct sim *sim, size_t index);
size_t sim_workers_alive(const struct sim *sim);
/* Its own time now; and the virtual time at which its clock shows `boot_ms`. */
int64_t sim_worker_boot_ms(const struct sim *sim, const struct sim_worker *worker);
int64_t sim_worker_when(const struct sim *sim, const struct sim_worker *worker, int64_t boot_ms);

/* sim_keeper.c: as lease/keeper.c */
void sim_keeper_step(struct sim *sim, struct sim_worker *worker, const struct lease_event *event);
void sim_keeper_begin(struct sim *sim, struct sim_worker *worker);
/* Takes the answer over. A call that was given up before is not known any more. */
struct sim_answer {
    uint64_t call;
    size_t worker;
    enum lease_outcome outcome;
    size_t row_count;
    struct lease *rows;
    struct stream_shard *shards;
    size_t shard_count;
};
void sim_keeper_answer(struct sim *sim, void *answer);
void sim_answer_free(void *answer);
void sim_keeper_free(struct sim_worker *worker);

/* sim_supervisor.c: as worker/supervisor.c and supervisor_thread.c */
void sim_supervisor_notice(struct sim *sim, struct sim_worker *worker, const struct lease_action *action);
bool sim_supervisor_position(void *context, const char *key, uint64_t tenure,
                             struct sequence_number *ret_number);
void sim_supervisor_wake(struct sim *sim, struct sim_worker *worker, int64_t in_ms);
bool sim_supervisor_idle(const struct sim_worker *worker);
void sim_supervisor_free(struct sim_worker *worker);
bool sim_tenure_may_send(const struct sim *sim, const struct sim_worker *worker,
                         const struct sim_tenure *tenure);

/* sim_reader.c: as shard/shard.c, reader.c and reader_page.c */
struct sim_run *sim_run_start(struct sim *sim, struct sim_worker *worker, struct sim_tenure *tenure,
                              const struct tenure_start *start);
void sim_run_stop(struct sim_run *run, bool abort);
bool sim_run_is_finished(const struct sim_run *run);
bool sim_run_position(struct sim_run *run, struct sequence_number *ret_number);
void sim_run_free(struct sim_run *run);
int sim_run_shard(const struct sink_receiver *receiver);

/* sim_positions.c: as shard/positions.c over SQLite */
void sim_positions_save(struct sim *sim, struct sim_worker *worker, int shard,
                        const struct sequence_number *number);
void sim_positions_note_remote(struct sim *sim, struct sim_worker *worker, int shard, const char *checkpoint,
                               const char *nonce, const char *writer);
void sim_positions_reset(struct sim *sim, struct sim_worker *worker, int shard);
void sim_slot_init(const struct sim *sim, struct sim_slot *slot);
void sim_slot_crash(const struct sim *sim, struct sim_slot *slot);
void sim_slot_wipe(const struct sim *sim, struct sim_slot *slot);
void sim_slot_copy(const struct sim *sim, struct sim_slot *slot);
void sim_slot_restore(const struct sim *sim, struct sim_slot *slot);
void sim_slot_free(struct sim_slot *slot);
/* Does a state folder hold the checkpoint and the writer of this row as what it last wrote? */
bool sim_slots_know(const struct sim *sim, int shard, const struct lease *row);
/* The checkpoint, as a number of records, that some state folder last wrote, and which is below `below`; or else
 * `otherwise`. */
size_t sim_slots_choose(struct sim *sim, int shard, size_t below, size_t otherwise);

/* sim_sender.c: as sink/sender.c over a delivery stream that keeps no order; sim_ordered.c over one that does */
void sim_sink_open(struct sim *sim, struct sim_worker *worker);
void sim_sink_pump(struct sim *sim, struct sim_worker *worker);
void sim_sink_close(struct sim_worker *worker);
void sim_ordered_pump(struct sim *sim, struct sim_worker *worker);
void sim_ordered_answer(struct sim *sim, struct sim_worker *worker, uint64_t call,
                        const enum put_verdict *verdicts, uint32_t count);

/* sim_sink.c: the destination. A put is a request on its way there. */
struct sim_put {
    uint64_t call;
    size_t worker;
    size_t sender;
    bool answered; /* false: the time ran out */
    bool refused; /* for its content */
    bool throttled;
    uint32_t record_count;
    uint32_t line_count;
    uint32_t *line_ends; /* of each record */
    int *shards; /* of each line */
    uint32_t *records; /* likewise */
    enum put_verdict *verdicts;
};
struct sim_put *sim_put_create(uint32_t records, uint32_t lines);
void sim_put_free(void *put);
/* Sends it; the answer, if one comes, goes to `answer` with the put. */
void sim_put_send(struct sim *sim, struct sim_worker *worker, struct sim_put *put,
                  void (*answer)(struct sim *, void *));

#endif
