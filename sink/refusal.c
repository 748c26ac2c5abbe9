#include "sink/refusal.h"

#include <strings.h>

enum { HTTP_TOO_LARGE = 413 };

static bool is_about_content(const char *error_code)
{
    static const char *const codes[] = {"InvalidArgumentException", "ValidationException",
                                        "SerializationException", "RequestEntityTooLargeException"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(error_code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool contains_ignoring_case(struct slice whole, const char *part)
{
    size_t length = strlen(part);
    for (size_t i = 0; i + length <= whole.length; i++) {
        if (strncasecmp(whole.at + i, part, length) == 0) {
            return true;
        }
    }
    return false;
}

/* 'deliveryStreamName' of Firehose, 'streamName' and 'streamARN' of Kinesis. */
static bool is_about_stream(struct slice body)
{
    return contains_ignoring_case(body, "streamName") || contains_ignoring_case(body, "streamARN") ||
           contains_ignoring_case(body, "delivery stream");
}

enum refusal refusal_of(enum status_code code, const char *error_code, int http_status, struct slice body)
{
    switch (code) {
    case STATUS_STOPPED:
        return REFUSAL_STOPPED;
    case STATUS_NOT_FOUND:
    case STATUS_DENIED:
        return REFUSAL_BLOCKED;
    case STATUS_INVALID:
    case STATUS_TOO_LARGE:
        if (http_status == HTTP_TOO_LARGE) {
            return REFUSAL_CONTENT;
        }
        if (is_about_content(error_code)) {
            return is_about_stream(body) ? REFUSAL_BLOCKED : REFUSAL_CONTENT;
        }
        return code == STATUS_INVALID ? REFUSAL_BLOCKED : REFUSAL_RETRY;
    default:
        return http_status == HTTP_TOO_LARGE ? REFUSAL_CONTENT : REFUSAL_RETRY;
    }
}
