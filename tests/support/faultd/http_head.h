/* Parsing of a request's head, RFC 9112 as far as AWS clients use it: Content-Length bodies, no chunks. */
#ifndef PENSTOCK_FAULTD_HTTP_HEAD_H
#define PENSTOCK_FAULTD_HTTP_HEAD_H

#include "tests/support/faultd/message.h"

enum head_verdict { HEAD_INCOMPLETE, HEAD_COMPLETE, HEAD_BAD };

struct head {
    size_t length; /* with the blank line */
    size_t body_length;
    bool expects_continue;
};

/* Fills `request` (borrowing from `buffer`) when the head is complete. */
enum head_verdict head_parse(struct slice buffer, struct request *request, struct head *ret_head);

#endif
