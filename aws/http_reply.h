/* Making a reply's header text, for transports. */
#ifndef PENSTOCK_AWS_HTTP_REPLY_H
#define PENSTOCK_AWS_HTTP_REPLY_H

#include "aws/http.h"

/* Empties the reply for a new exchange, and bounds it. The headers' text may be twice their ceiling on the
 * wire, since it is a little longer; a transport counts what it receives. */
void http_reply_begin(struct http_reply *reply, size_t body_ceiling);

/* Takes one header line as it came ("Content-Type: x\r\n") into reply->headers. A status line begins anew:
 * what came before was an interim reply's. A line without a name is left out; a folded one (RFC 9112, 5.2,
 * obsolete) too. */
struct status http_reply_add_header(struct http_reply *reply, struct slice line) MUST_USE;

/* The announced body length; 0 when absent or malformed. */
size_t http_reply_announced_length(const struct http_reply *reply);

#endif
