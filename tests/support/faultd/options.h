/* The command line. */
#ifndef PENSTOCK_FAULTD_OPTIONS_H
#define PENSTOCK_FAULTD_OPTIONS_H

#include "tests/support/faultd/keyring.h"

struct options {
    uint16_t port;
    const char *region;
    struct keyring_key key;
    const char *landing; /* or NULL */
    const char *record; /* or NULL */
    int64_t record_bytes;
    const char *role; /* a policy document, or NULL: everything is allowed */
    const char *tls; /* a certificate and its key, or NULL */
    const char *upstream_dynamodb; /* URLs, or NULL */
    const char *upstream_firehose;
    const char *delivery_streams[16]; /* made at the start */
    size_t delivery_stream_count;
    bool check_signatures;
    bool stay; /* do not end with standard input */
};

extern const char options_usage[];

struct status options_parse(int argc, char **argv, struct options *ret_options) MUST_USE;

#endif
