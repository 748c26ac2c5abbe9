/* What a worker knows of the lease table: an entry a row, found by key. Plain memory of one thread. */
#ifndef PENSTOCK_LEASE_LEASE_VIEW_H
#define PENSTOCK_LEASE_LEASE_VIEW_H

#include "lease/lease_write.h"

/* How far a shard's end has come. */
enum lease_ending {
    LEASE_NOT_ENDING,
    LEASE_SEEKING_CHILDREN, /* ask the stream, again and again until they appear */
    LEASE_AWAITING_CHILDREN, /* the stream is being asked */
    LEASE_MAKING_CHILDREN, /* their rows are being made */
    LEASE_FINISHING /* SHARD_END may be written */
};

struct lease_entry {
    struct lease row; /* as last known; written by lease_view_set_row() once it exists */
    int64_t highest; /* the greatest counter that it was seen to have */
    bool exists; /* false: a row that is to be made (row holds its content) */
    uint32_t doubted; /* number of the sweep that wants the row for the first time and has to be confirmed by
                         the next; 0: none */
    int64_t doubt_ms; /* doubted: since when */
    bool parentless; /* doubted: that sweep lacked the parent that the shard names */
    bool
        swept; /* a row to be made that a listing asks for, and not a parent's end alone: any worker may make it */
    int64_t wanted_ms; /* a row to be made: when a listing asked for it last */
    bool bypassed; /* since then a scan showed a child's row: others began there */
    uint32_t scan; /* number of the last scan that saw it */
    uint32_t scans_seen;

    /* As an observer sees it; times are boot milliseconds. */
    int64_t seen_ms; /* when this counter was first read (after the read): expiry counts from here */
    int64_t read_ms; /* sent time of the last read that found the counter unchanged, or seen_ms */
    int64_t known_ms; /* when the last answer about the row came in */
    char came_from[LEASE_OWNER_BYTES]; /* who held it before the present holder; empty: nobody was seen to */
    bool renewed; /* its counter was seen to move under its present holder */
    int64_t moved_ms; /* the row went from one owner to another; 0: not seen to */
    int64_t available_ms; /* since when it is free to take; 0: it is not */
    int64_t finished_ms; /* since when it is seen finished; 0: it is not */
    int64_t asked_ms; /* since when we wait for the old owner to hand over; 0: we do not */
    int64_t wish_ms; /* when the newest read that found a wish of ours in the row was sent */

    /* The one write outstanding, and when to try the next. */
    enum lease_write_kind pending; /* LEASE_WRITE_NONE: none */
    bool reading; /* a GetItem is under way */
    int64_t retry_ms; /* no write before */
    uint32_t failures; /* in a row */
    bool unsure; /* an answer was lost: the row may carry our write, which left unsure_next behind */
    int64_t unsure_counter; /* that the write demands: while the row has it, it may still land */
    int64_t unsure_next;
    int64_t unsure_sent_ms; /* of the first such write */
    enum lease_write_kind unsure_kind; /* of the last */

    /* While we hold it. */
    uint64_t tenure; /* 0: not held */
    uint32_t gaps_sent; /* gaps of ours in the write under way or the last one; 0: none */
    struct lease_gap gap_sent; /* the attribute that it writes */
    size_t held_index; /* in lease_view.held */
    int64_t sent_ms; /* of the last successful write: validity counts from here */
    int64_t renew_ms; /* when the next renewal is due */
    bool releasing;
    bool wanted; /* the observer was told */
    int64_t hand_over_by_ms; /* when a wanted lease is handed over even undrained */
    enum lease_ending ending;
    int64_t seek_ms; /* when to ask for children again; unheld: when to look at a hand-over again */
    uint32_t seeks;
    uint32_t unlisted; /* whole listings in a row that lacked the shard itself */
    uint32_t gone; /* listings in a row that said there is no such stream */
};

/* Zeroed memory is a valid empty view. */
struct lease_view {
    struct lease_entry **entries; /* `count` pointers that stay where they are until removed */
    size_t count;
    size_t capacity;
    struct lease_entry **slots; /* open addressing by key; a power of two */
    size_t slot_count;
    struct lease_entry **held; /* those with a tenure */
    size_t held_count;
    size_t held_capacity;
};

void lease_view_free(struct lease_view *view);

/* NULL when unknown. */
struct lease_entry *lease_view_find(const struct lease_view *view, const char *key);

/* Finds or adds; a new entry is zeroed but for its key. NULL when memory ran out. */
struct lease_entry *lease_view_add(struct lease_view *view, const char *key);

/* What was read of the row, or written. */
void lease_view_set_row(struct lease_entry *entry, const struct lease *row);

/* Frees the entry, which must not be held. */
void lease_view_remove(struct lease_view *view, struct lease_entry *entry);

/* Puts the entry among the held ones under `tenure`; false when memory ran out. */
bool lease_view_hold(struct lease_view *view, struct lease_entry *entry, uint64_t tenure) MUST_USE;

/* Takes it out again and forgets what belongs to the tenure. */
void lease_view_unhold(struct lease_view *view, struct lease_entry *entry);

#endif
