/* Private to the files of the rules (lease_rules.h): their state and the calls between them. */
#ifndef PENSTOCK_LEASE_LEASE_STATE_H
#define PENSTOCK_LEASE_LEASE_STATE_H

#include "lease/lease_rules.h"

enum {
    LEASE_HAND_OVER_MS = 30000, /* as KCL's graceful hand-off */
    LEASE_SCAN_SPREAD = 8, /* a scan comes up to two of these parts of its period early, */
    LEASE_SCAN_JITTER = 4, /* and by chance less, up to this part of that */
    LEASE_SWEEP_MS = 30000, /* between two looks at the whole shard listing, */
    LEASE_SWEEP_PER_ROW_MS = 10, /* longer by this for each row, */
    LEASE_SWEEP_SPREAD_MS = 5000, /* and up to this earlier */
    LEASE_LEAVERS_MAX = 16
};

struct lease_leaver {
    char owner[LEASE_OWNER_BYTES];
    int64_t until_ms;
};

struct lease_rules {
    struct lease_rules_options options;
    struct random random;
    struct lease_view view;
    uint64_t last_tenure;
    bool leaving;
    int64_t now_ms; /* of the step under way */
    int64_t next_ms; /* when the next tick is due */

    bool scanning;
    bool scanned; /* once at least */
    int64_t scanned_ms; /* when the newest good scan was sent */
    int64_t woke_ms; /* the same of the last that came more than a failover time after the one before */
    uint32_t scan; /* number of the newest scan */
    int64_t scan_ms; /* when the next scan is due */
    int64_t suspect_ms; /* the earliest time when an owner may count as dead */
    bool hurry; /* somebody leaves or died: scan again soon */

    bool listing;
    uint32_t sweeps; /* listings understood */
    int64_t sweep_ms; /* when the next sweep is due */
    uint32_t sweep_failures;
    bool had_rows; /* the table was not empty, or we wrote to it: LATEST is no longer a start */
    bool chose_open; /* the last listing was taken for a start at LATEST: of open shards alone; */
    bool chose_late; /* or for one that had begun before, with shards left out */
    int64_t began_ms; /* when a row of the fleet's start at LATEST was last seen to come; 0: never */
    int64_t empty_wall_ms; /* UTC of the scan that found the table empty for the first time */
    int64_t start_wall_ms; /* the fleet's start time for LATEST; 0: not known */
    size_t absent; /* entries that do not exist yet */
    size_t making; /* creates outstanding */
    size_t make_at; /* index in the view: where the next create is looked for */
    size_t makes_refused; /* since others were there before, less those that we made since */
    bool make_anew; /* at a place chosen by chance instead */
    bool alone; /* nobody else is known to be at work */
    bool gap_first; /* a row to be made may tell of a gap: it comes before the others */
    bool met_maker; /* another worker made what we wanted: no more of it before the next scan */
    bool succeeded; /* the last sweep found a row for every shard of this stream */

    struct lease_leaver leavers[LEASE_LEAVERS_MAX]; /* workers seen to give leases up */
    size_t leaver_count;

    uint64_t taken;
    uint64_t lost;
    uint64_t stolen;
    size_t my_share; /* of the rows that exist, by the last plan */
    size_t asking; /* leases whose old owners we wait for */
    bool out_of_memory; /* in this step */
    struct lease_actions *actions; /* of this step */
};

/* lease_rules.c */
struct lease_action *lease_push(struct lease_rules *rules, enum lease_action_kind kind, const char *key);
bool lease_is_me(const struct lease_rules *rules, const char *owner);
void lease_wake_at(struct lease_rules *rules, int64_t at_ms);
/* Sends `kind` for the entry; false when a write or read is outstanding or memory ran out. */
bool lease_send(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                const char *checkpoint);
void lease_read(struct lease_rules *rules, struct lease_entry *entry);
/* A write of ours that was given up may still be applied: the row stands as that found it. */
bool lease_may_still_land(const struct lease_entry *entry);
/* Puts the next write of the entry off after a failure. */
void lease_back_off(struct lease_rules *rules, struct lease_entry *entry);

/* lease_hold.c */
void lease_hold_grant(struct lease_rules *rules, struct lease_entry *entry, int64_t sent_ms,
                      const char *reason);
void lease_hold_lose(struct lease_rules *rules, struct lease_entry *entry, const char *reason);
void lease_hold_tick(struct lease_rules *rules);
/* A row read or returned while we hold the lease; the entry carries it afterwards, or is lost. */
void lease_hold_observe(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row);
void lease_hold_written(struct lease_rules *rules, struct lease_entry *entry, enum lease_write_kind kind,
                        const struct lease_event *event);
void lease_hold_release(struct lease_rules *rules, struct lease_entry *entry);
/* The position to write now, as text; empty: none beyond the checkpoint. */
void lease_hold_position(struct lease_rules *rules, const struct lease_entry *entry,
                         char text[LEASE_CHECKPOINT_BYTES]);
int64_t lease_hold_valid_until(const struct lease_rules *rules, const struct lease_entry *entry);

/* lease_seen.c */
void lease_seen_scan(struct lease_rules *rules, const struct lease_event *event);
void lease_seen_row(struct lease_rules *rules, struct lease_entry *entry, const struct lease *row,
                    int64_t sent_ms);
void lease_seen_absent(struct lease_rules *rules, struct lease_entry *entry);
void lease_seen_tick(struct lease_rules *rules);
bool lease_seen_expired(const struct lease_rules *rules, const struct lease_entry *entry);
bool lease_seen_leaving(const struct lease_rules *rules, const char *owner);

/* lease_balance.c */
void lease_balance(struct lease_rules *rules);
/* No parent that has a lease stands before SHARD_END. */
bool lease_balance_parents_done(const struct lease_rules *rules, const struct lease_entry *entry);
/* Unfinished, of our stream, parents done. */
bool lease_balance_is_workable(const struct lease_rules *rules, const struct lease_entry *entry);
/* So, and nobody's, ours or a dead owner's. */
bool lease_balance_available(const struct lease_rules *rules, const struct lease_entry *entry);
/* How many more leases we may come to hold, `ending` of ours being about to end: what is ours, on its way or carries
 * our name counts against --max-leases. None while we leave. */
size_t lease_balance_room(const struct lease_rules *rules, size_t ending);
/* For a row with our name, which that counts already: what we hold and what is on its way leaves a place for it. */
bool lease_balance_has_place(const struct lease_rules *rules, const struct lease_entry *entry);
/* Takes back at once what carries our name (or our predecessor's) but is not held. */
void lease_balance_settle(struct lease_rules *rules, struct lease_entry *entry);
void lease_balance_count(const struct lease_rules *rules, struct lease_rules_counts *counts);

/* lease_hand_over.c */
/* We wait for nobody's hand-over (any more). */
void lease_hand_over_forget(struct lease_rules *rules, struct lease_entry *entry);
void lease_hand_over_settle(struct lease_rules *rules, struct lease_entry *entry);
/* A row of another's was read, and the entry does not carry it yet. */
void lease_hand_over_seen(const struct lease_rules *rules, struct lease_entry *entry, const struct lease *row,
                          int64_t sent_ms);
void lease_hand_over_wanted(struct lease_rules *rules, struct lease_entry *entry);
void lease_hand_over_tick(struct lease_rules *rules, struct lease_entry *entry);

/* lease_ending.c */
void lease_ending_begin(struct lease_rules *rules, struct lease_entry *entry);
void lease_ending_tick(struct lease_rules *rules, struct lease_entry *entry);
void lease_ending_children(struct lease_rules *rules, struct lease_entry *entry,
                           const struct lease_event *event, bool whole);
/* It has been asked for children for long, and the stream showed none. */
bool lease_ending_is_waiting(const struct lease_entry *entry);
void lease_ending_finished(struct lease_rules *rules, struct lease_entry *entry);

/* lease_clean_up.c */
struct shard_graph;
/* Removes finished rows that nobody needs; `graph` is of a whole listing. */
void lease_clean_up(struct lease_rules *rules, const struct shard_graph *graph);

/* lease_discovery.c */
void lease_discovery_tick(struct lease_rules *rules);
void lease_discovery_shards(struct lease_rules *rules, const struct lease_event *event);
/* Notes a row that is to be made; it is made at once if its parents' rows exist. */
struct lease_entry *lease_discovery_want(struct lease_rules *rules, const struct lease *row);
/* The fleet's start time: what the rows say, the earliest if they differ. */
void lease_discovery_learn_start(struct lease_rules *rules);
/* The owner of the least key that has a live owner; everybody when there is none. */
bool lease_discovery_is_sweeper(const struct lease_rules *rules);

/* lease_making.c */
/* Before a listing's rows are wanted: chooses where to begin, and whether they are ours from the start. */
void lease_making_begin(struct lease_rules *rules);
void lease_making_tick(struct lease_rules *rules);
void lease_making_written(struct lease_rules *rules, struct lease_entry *entry,
                          const struct lease_event *event);
/* A scan was taken in. */
void lease_making_scanned(struct lease_rules *rules);

#endif
