/* What AWS says when it refuses: codes and messages out of reply bodies, and what they mean for a caller.
 * Pure functions over foreign bytes: nothing in a body can make them fail. */
#ifndef PENSTOCK_AWS_ERROR_H
#define PENSTOCK_AWS_ERROR_H

#include "aws/client.h"

enum { AWS_ERROR_MESSAGE_BYTES = 160 };

/* Empty texts: not said. Longer ones are cut. Control characters of the message become spaces. */
struct aws_error {
    char code[AWS_ERROR_CODE_BYTES];
    char message[AWS_ERROR_MESSAGE_BYTES];
};

/* JSON protocols: the code is `__type` (else `code`, else the header x-amzn-errortype), cut from the first
 * ':' on, and what follows its last '#'; the message is `message` or `Message`. A body that is no JSON object
 * gives what the header gives. */
void aws_error_parse_json(const struct http_reply *reply, struct aws_error *ret_error);

/* The query protocol: <Error><Code>..</Code><Message>..</Message></Error>. */
void aws_error_parse_xml(struct slice body, struct aws_error *ret_error);

/* A failed reply's meaning as aws/client.h lists it; never STATUS_OK. An error that only an operator can mend
 * (rights, keys, KMS, a delivery stream that takes no direct puts) is STATUS_DENIED; a 4xx without AWS's
 * words may come from anything on the way and is STATUS_UNAVAILABLE. */
enum status_code aws_error_status_code(int http_status, struct slice code);

/* What a call comes to that got no credentials, for what getting them came to: a source that is not set up is no missing
 * table, and to a caller both codes would read the same. */
enum status_code aws_error_without_credentials(enum status_code code);

/* "x-amzn-requestid" (else "x-amz-request-id"), cut to fit; empty when absent. */
void aws_error_request_id(const struct http_reply *reply, char ret_id[AWS_REQUEST_ID_BYTES]);

#endif
