/* What the reader does with a reply of GetRecords. The shard's thread alone. */
#ifndef PENSTOCK_SHARD_READER_PAGE_H
#define PENSTOCK_SHARD_READER_PAGE_H

#include "shard/reader.h"

/* Forms the lines of the page in reader->reply, hands them to the sink and keeps the next iterator. Poison
 * that has no place sets reader->failure. */
struct rules_decision reader_take_page(struct reader *reader);

/* Gives the memory of the page back. */
void reader_give_page(struct reader *reader);

/* Stores the pending gap, if there is one; `until` NULL: where records begin again is not known. */
void reader_note_gap(struct reader *reader, const struct sequence_number *until);

#endif
