/* Foreign texts into struct credentials, checked. */
#ifndef PENSTOCK_AWS_CREDENTIAL_FILL_H
#define PENSTOCK_AWS_CREDENTIAL_FILL_H

#include <cjson/cJSON.h>

#include "aws/credentials.h"
#include "aws/http.h"

/* Sets key, secret and token (may be empty); expiry becomes CREDENTIALS_NEVER. STATUS_INVALID when key or
 * secret is empty, or one is too long or has a byte that cannot stand in a header (only visible ASCII can).
 * Never quotes them. */
struct status credential_fill(struct credentials *target, struct slice key, struct slice secret,
                              struct slice token) MUST_USE;

/* Sets `source` from printf-made words, cut to fit. */
void credential_name_source(struct credentials *target, const char *format, ...) PRINTF_LIKE(2, 3);

/* Which members a JSON answer has beside AccessKeyId and SecretAccessKey. */
struct credential_json_form {
    const char *token_key;
    bool is_temporary; /* token and Expiration must be there; else both may be missing */
};

/* STATUS_CORRUPT for what is no such answer; the reason never quotes the body. */
struct status credential_fill_from_json(struct credentials *target, struct slice body,
                                        const struct credential_json_form *form) MUST_USE;

/* True for 1 to `most` bytes of visible ASCII: what may stand in a header or a URL. */
bool credential_text_is_visible(struct slice text, size_t most) MUST_USE;

/* Wipes the texts of an object's members and frees it: cJSON frees its copies of secrets as they are. NULL is
 * fine. */
void credential_tree_wipe(cJSON *tree);

/* Wipes a reply that held secrets and frees it. */
void credential_reply_wipe(struct http_reply *reply);

#endif
