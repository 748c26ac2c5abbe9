/* Records written once, with holes of fixed width for what differs: serving a record is a copy and a few
 * patches. */
#ifndef PENSTOCK_FAULTD_TEMPLATE_H
#define PENSTOCK_FAULTD_TEMPLATE_H

#include "base/bytes.h"
#include "base/random.h"

enum {
    TEMPLATE_KEY_BYTES = 16, /* "0003-00000000042" */
    TEMPLATE_TIME_BYTES = 10,
    TEMPLATE_EVENT_ID_BYTES = 32,
    TEMPLATE_KEY_HOLES = 3,
    TEMPLATE_RECORD_BYTES = 2 * 1024 * 1024,
};

enum template_event { TEMPLATE_INSERT, TEMPLATE_MODIFY, TEMPLATE_REMOVE };

/* A record is head, sequence number, tail. Offsets are into the part named. */
struct template
{
    enum template_event event;
    bool by_ttl; /* a REMOVE by time-to-live */
    struct bytes head;
    struct bytes tail;
    size_t time_at; /* head */
    size_t key_at[TEMPLATE_KEY_HOLES]; /* head; 0: unused */
    bool event_id_in_head; /* else in tail */
    size_t event_id_at;
    size_t keys_at, keys_length; /* the value of "Keys" in head */
    size_t new_at, new_length; /* of "NewImage"; length 0: none */
    size_t old_at, old_length;
    size_t item_bytes; /* SizeBytes */
};

struct template_set {
    struct template *all;
    size_t count;
    struct template big; /* the oversize record, when asked for */
};

struct template_options {
    const char *view; /* NEW_AND_OLD_IMAGES ... */
    const char *region;
    uint64_t seed;
    uint32_t record_bytes; /* mean size of a record's JSON */
    uint32_t big_bytes; /* 0: none */
};

/* False when memory is out; the set is then empty. */
bool template_set_create(const struct template_options *options, struct template_set *ret_set) MUST_USE;
void template_set_free(struct template_set *set);

#endif
