/* Base64 (RFC 4648, section 4), strict and fast: the local Firehose decodes about a gigabyte a second. */
#ifndef PENSTOCK_FAULTD_BASE64_H
#define PENSTOCK_FAULTD_BASE64_H

#include "base/bytes.h"

bool base64_is_valid(struct slice text);

/* Bytes behind a text of valid length; 0 when its length is not a multiple of four. */
size_t base64_decoded_length(struct slice text);

/* Appends the decoded bytes. False when the text is no base64 or does not fit; the target is then as before.
 */
bool base64_decode(struct slice text, struct bytes *target) MUST_USE;

/* Appends the encoded text. */
bool base64_encode(struct slice data, struct bytes *target) MUST_USE;

#endif
