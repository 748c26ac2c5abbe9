#include "tests/support/faultd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

const char options_usage[] =
    "usage: faultd [--port N] [--region R] [--access-key ID] [--secret-key KEY] [--session-token T]\n"
    "              [--landing DIR] [--delivery-stream NAME]... [--record FILE] [--record-bytes N]\n"
    "              [--role FILE] [--tls FILE] [--upstream-dynamodb URL] [--upstream-firehose URL]\n"
    "              [--no-signatures] [--stay]\n"
    "Listens on 127.0.0.1 and prints {\"port\":N}. Ends when standard input closes, unless --stay.\n";

enum {
    OPTION_PORT = 1,
    OPTION_REGION,
    OPTION_ACCESS_KEY,
    OPTION_SECRET_KEY,
    OPTION_SESSION_TOKEN,
    OPTION_LANDING,
    OPTION_DELIVERY_STREAM,
    OPTION_RECORD,
    OPTION_RECORD_BYTES,
    OPTION_ROLE,
    OPTION_TLS,
    OPTION_UPSTREAM_DYNAMODB,
    OPTION_UPSTREAM_FIREHOSE,
    OPTION_NO_SIGNATURES,
    OPTION_STAY
};

static const struct option table[] = {
    {"port", required_argument, NULL, OPTION_PORT},
    {"region", required_argument, NULL, OPTION_REGION},
    {"access-key", required_argument, NULL, OPTION_ACCESS_KEY},
    {"secret-key", required_argument, NULL, OPTION_SECRET_KEY},
    {"session-token", required_argument, NULL, OPTION_SESSION_TOKEN},
    {"landing", required_argument, NULL, OPTION_LANDING},
    {"delivery-stream", required_argument, NULL, OPTION_DELIVERY_STREAM},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"record-bytes", required_argument, NULL, OPTION_RECORD_BYTES},
    {"role", required_argument, NULL, OPTION_ROLE},
    {"tls", required_argument, NULL, OPTION_TLS},
    {"upstream-dynamodb", required_argument, NULL, OPTION_UPSTREAM_DYNAMODB},
    {"upstream-firehose", required_argument, NULL, OPTION_UPSTREAM_FIREHOSE},
    {"no-signatures", no_argument, NULL, OPTION_NO_SIGNATURES},
    {"stay", no_argument, NULL, OPTION_STAY},
    {NULL, 0, NULL, 0},
};

static bool copy(const char *text, char *target, size_t size)
{
    return slice_copy_text(slice_of_text(text), target, size);
}

static bool take_number(const char *text, int64_t most, int64_t *ret_value)
{
    int64_t value = 0;
    if (!slice_parse_int64(slice_of_text(text), &value) || value < 0 || value > most) {
        return false;
    }
    *ret_value = value;
    return true;
}

static bool take(int option, const char *value, struct options *options)
{
    int64_t number = 0;
    switch (option) {
    case OPTION_PORT:
        if (!take_number(value, UINT16_MAX, &number)) {
            return false;
        }
        options->port = (uint16_t)number;
        return true;
    case OPTION_REGION:
        options->region = value;
        return true;
    case OPTION_ACCESS_KEY:
        return copy(value, options->key.id, sizeof options->key.id);
    case OPTION_SECRET_KEY:
        return copy(value, options->key.secret, sizeof options->key.secret);
    case OPTION_SESSION_TOKEN:
        return copy(value, options->key.token, sizeof options->key.token);
    case OPTION_LANDING:
        options->landing = value;
        return true;
    case OPTION_DELIVERY_STREAM:
        if (options->delivery_stream_count == 16) {
            return false;
        }
        options->delivery_streams[options->delivery_stream_count++] = value;
        return true;
    case OPTION_RECORD:
        options->record = value;
        return true;
    case OPTION_RECORD_BYTES:
        return take_number(value, INT64_MAX / 4, &options->record_bytes);
    case OPTION_ROLE:
        options->role = value;
        return true;
    case OPTION_TLS:
        options->tls = value;
        return true;
    case OPTION_UPSTREAM_DYNAMODB:
        options->upstream_dynamodb = value;
        return true;
    case OPTION_UPSTREAM_FIREHOSE:
        options->upstream_firehose = value;
        return true;
    case OPTION_NO_SIGNATURES:
        options->check_signatures = false;
        return true;
    case OPTION_STAY:
        options->stay = true;
        return true;
    default:
        return false;
    }
}

struct status options_parse(int argc, char **argv, struct options *ret_options)
{
    struct options options = {
        .region = "us-east-1",
        .key = {.id = "AKIDEXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        .record_bytes = (int64_t)1 << 30,
        .check_signatures = true};
    int option = 0;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (!take(option, optarg, &options)) {
            return status_make(STATUS_INVALID, "%s", options_usage);
        }
    }
    if (optind != argc) {
        return status_make(STATUS_INVALID, "%s", options_usage);
    }
    *ret_options = options;
    return status_ok();
}
