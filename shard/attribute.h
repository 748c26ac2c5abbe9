/* An attribute's value in DynamoDB's typed JSON, {"S":"x"}: stepping into it and out of it.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 *
 * For texts that are known to be sound JSON. What is no value of a known type (a type of the future, two
 * members, none) is ATTRIBUTE_OTHER to every caller, who passes it on as it came. Pure.
 */
#ifndef PENSTOCK_SHARD_ATTRIBUTE_H
#define PENSTOCK_SHARD_ATTRIBUTE_H

#include "shard/decode_cursor.h"

enum attribute_type {
    ATTRIBUTE_S,
    ATTRIBUTE_N,
    ATTRIBUTE_B,
    ATTRIBUTE_BOOL,
    ATTRIBUTE_NULL,
    ATTRIBUTE_SS,
    ATTRIBUTE_NS,
    ATTRIBUTE_BS,
    ATTRIBUTE_L,
    ATTRIBUTE_M,
    ATTRIBUTE_OTHER, /* and the number of types */
};

/* With the cursor on a value: steps to its content, `"x"` in the example. With ATTRIBUTE_OTHER the cursor
 * stands anywhere. */
enum attribute_type attribute_open(struct decode_cursor *cursor);

/* With the cursor behind the content: steps behind the value. False: more members follow, it is
 * ATTRIBUTE_OTHER after all. */
bool attribute_close(struct decode_cursor *cursor) MUST_USE;

#endif
