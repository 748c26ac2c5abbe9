/* An item in ordinary JSON instead of DynamoDB's typed JSON: `{"pk":"o1","price":1.50}`.
 *
 * S and B (base64) become strings, N a number with the digits that came, BOOL true or false, NULL null, SS, NS
 * and BS arrays in the order that came, L an array, M an object. What is lost: whether a string was S or B, an
 * array L or a set. Two things stay as they came, so that nothing is invented: the text of an N that is no
 * number of JSON ("+1", "NaN", which DynamoDB does not send) stays a string, and a value of an unknown type
 * stays the object that it is. Nothing passes through floating point. Pure.
 */
#ifndef PENSTOCK_SHARD_LINE_PLAIN_H
#define PENSTOCK_SHARD_LINE_PLAIN_H

#include "base/bytes.h"

/* Writes the item behind `image`, a sound JSON object, to `at` and returns the end; at most image.length bytes.
 * The two do not overlap. */
char *line_plain_put(char *at, struct slice image);

#endif
