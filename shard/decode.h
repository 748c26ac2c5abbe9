/* A GetRecords page, read in place: one pass, no tree, no allocation.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 *
 * The page is strict JSON (shard/decode_cursor.h says what is checked); anything else makes it corrupt as a
 * whole, so nothing of it may be used. Members stand in any order and their names may be written with
 * escapes; unknown ones are passed over; of a member given twice the last counts, but a second Records is
 * refused. Records must be there: a page without it could hide records behind a damaged name.
 * NextShardIterator absent or null means the end of the shard.
 *
 * A record whose JSON is sound, but that lacks what a line needs, is yielded with `defect` set. Slices borrow
 * from the page. One thread.
 */
#ifndef PENSTOCK_SHARD_DECODE_H
#define PENSTOCK_SHARD_DECODE_H

#include "aws/sequence_number.h"
#include "shard/decode_cursor.h"

enum record_op { RECORD_INSERT, RECORD_MODIFY, RECORD_REMOVE };

/* Names of texts end in _raw where escapes are as they came. */
struct decode_record {
    const char *defect; /* NULL: whole. Else why no line can be made (a literal); fields below may be empty */
    enum record_op op;
    bool ttl; /* a deletion by time-to-live */
    bool line_break; /* a raw line feed or carriage return stands between tokens of the record */
    int64_t event_wall_ms; /* ApproximateCreationDateTime */
    struct slice event_id_raw;
    struct slice region_raw; /* awsRegion; empty: absent */
    struct slice keys; /* objects, braces included */
    struct slice new_image; /* empty: absent or null; never absent for INSERT and MODIFY without a defect */
    struct slice old_image;
    struct slice sequence_raw;
    struct sequence_number sequence; /* length 0 with some defects */
    struct slice size_bytes; /* SizeBytes, a number; empty: absent */
    struct slice change; /* "dynamodb", whatever it is; empty: absent */
    struct slice identity; /* userIdentity, whatever it is; empty: absent */
    struct slice whole; /* the record's object */
};

struct decoder {
    struct decode_cursor cursor;
    const char *start;
    int phase;
    bool first_member;
    bool first_record;
    bool records_seen;
    struct slice next_iterator_raw; /* at the end: empty means that the shard ends here */
};

/* `page` is borrowed until the last use of the decoder and its records. */
void decode_begin(struct decoder *decoder, struct slice page);

enum decode_result { DECODE_RECORD, DECODE_END, DECODE_CORRUPT };

/* The next record. Not to be called again after DECODE_END or DECODE_CORRUPT. */
enum decode_result decode_next(struct decoder *decoder, struct decode_record *ret_record) MUST_USE;

/* After DECODE_CORRUPT: what is wrong (a literal), and at which byte of the page. */
const char *decode_error(const struct decoder *decoder, size_t *ret_offset);

/* From a page that does not parse: the text of the last member `name` whose value is a string, raw. In an
 * item every attribute's value is an object, so no attribute can pass for it. False: none. */
bool decode_salvage_text(struct slice page, const char *name, struct slice *ret_raw) MUST_USE;

#endif
