/* One page of records turned into a parcel of lines and a block of positions. No I/O but what `store` does;
 * one thread. */
#ifndef PENSTOCK_SHARD_PAGE_H
#define PENSTOCK_SHARD_PAGE_H

#include "shard/ack_window.h"
#include "shard/decode.h"
#include "shard/filter.h"
#include "shard/line.h"

struct page_input {
    struct slice page;
    const struct line_context *line;
    const struct filter *filter; /* records that it drops count as done; NULL: none */
    int64_t worker_wall_ms;
    int64_t drop_before_wall_ms; /* older events are dropped; 0: none */
    size_t lines_estimate; /* bytes of lines to make room for at once */
    struct buffers *buffers; /* where their memory comes from, or NULL */
    struct sequence_number last; /* the newest position read; length 0: none */
    bool skip_known; /* reading was just opened behind `last`: what a server repeats up to it is left out */
    /* A record that no line can be made of: store it durably as a dead letter. False: it could not be, the
     * page ends before it. */
    bool (*store)(void *context, const struct decode_record *record);
    void *context;
};

enum page_outcome {
    PAGE_WHOLE,
    PAGE_CORRUPT, /* nothing of it may be used; error and error_offset say why */
    PAGE_POISON, /* `store` refused a record; what stood before it is in the batch */
    PAGE_NO_MEMORY, /* nothing of it may be used */
};

/* Zeroed memory may be freed. */
struct page_batch {
    enum page_outcome outcome;
    struct parcel *parcel; /* owned; its hold is empty */
    struct ack_block *block; /* owned */
    uint32_t records; /* on the page, without those left out */
    uint32_t dropped; /* older than drop_before_wall_ms */
    uint32_t filtered; /* dropped by the filter */
    uint32_t undecided; /* let through, since the filter had too much work with them */
    uint32_t order_violations; /* positions that did not rise */
    int64_t newest_event_wall_ms;
    struct sequence_number first; /* of the records counted; length 0: none */
    struct sequence_number last;
    struct slice next_iterator_raw; /* borrowed from the page; empty: the shard ends */
    const char *error;
    size_t error_offset;
};

void page_form(const struct page_input *input, struct page_batch *ret_batch);
void page_batch_free(struct page_batch *batch);

#endif
