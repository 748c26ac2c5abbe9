#include "tests/support/faultd/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *const service_names[SERVICE_COUNT] = {"none", "dynamodb", "streams", "firehose",
                                                         "sts",  "s3",       "kinesis"};

const char *service_name(enum service service)
{
    return service_names[service];
}

enum service service_parse(const char *name)
{
    for (int service = SERVICE_DYNAMODB; service < SERVICE_COUNT; service++) {
        if (name != NULL && strcmp(name, service_names[service]) == 0) {
            return (enum service)service;
        }
    }
    return SERVICE_NONE;
}

struct slice request_header(const struct request *request, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct header *header = &request->headers[i];
        if (header->name.length == length && strncasecmp(header->name.at, name, length) == 0) {
            return header->value;
        }
    }
    return slice_of("", 0);
}

void reply_init(struct reply *reply)
{
    *reply = (struct reply){.status = 200, .content_type = "application/json"};
    bytes_init(&reply->headers, REQUEST_HEAD_BYTES);
    bytes_init(&reply->body, REPLY_BODY_BYTES);
}

void reply_free(struct reply *reply)
{
    bytes_free(&reply->headers);
    bytes_free(&reply->body);
}

void reply_clear(struct reply *reply)
{
    bytes_clear(&reply->headers);
    bytes_clear(&reply->body);
    reply->status = 200;
    reply->content_type = "application/json";
    reply->checksum = false;
    reply->failed = false;
    reply->error_code = NULL;
}

static void note(struct reply *reply, struct status status)
{
    if (!status_is_ok(&status)) {
        reply->failed = true;
    }
}

void reply_text(struct reply *reply, const char *text)
{
    note(reply, bytes_append_text(&reply->body, text));
}

void reply_slice(struct reply *reply, struct slice slice)
{
    note(reply, bytes_append_slice(&reply->body, slice));
}

void reply_print(struct reply *reply, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        reply->failed = true;
        return;
    }
    note(reply, bytes_append(&reply->body, text, (size_t)length));
}

void reply_tree(struct reply *reply, cJSON *tree)
{
    char *text = tree == NULL ? NULL : cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    if (text == NULL) {
        reply->failed = true;
        return;
    }
    reply_text(reply, text);
    cJSON_free(text);
}

void reply_string(struct reply *reply, const char *text)
{
    reply_tree(reply, cJSON_CreateString(text));
}

/* The namespaces are those of AWS's own replies; clients cut them off. */
static const char *error_namespace(const struct request *request, const char *code)
{
    if (request->service == SERVICE_FIREHOSE) {
        return "";
    }
    if (strcmp(code, "ValidationException") == 0 || strcmp(code, "SerializationException") == 0) {
        return "com.amazon.coral.validate#";
    }
    if (strstr(code, "Token") != NULL || strstr(code, "Signature") != NULL ||
        strcmp(code, "UnrecognizedClientException") == 0) {
        return "com.amazon.coral.service#";
    }
    return "com.amazonaws.dynamodb.v20120810#";
}

/* What S3 calls an error that has another name elsewhere; its own status, 0: the same. */
static const struct {
    const char *code;
    const char *of_s3;
    int status;
} s3_codes[] = {
    {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    {"UnrecognizedClientException", "InvalidAccessKeyId", 403},
    {"MissingAuthenticationTokenException", "AccessDenied", 403},
    {"IncompleteSignatureException", "AccessDenied", 403},
    {"ExpiredTokenException", "ExpiredToken", 400},
    {"AccessDeniedException", "AccessDenied", 403},
    {"ResourceNotFoundException", "NoSuchBucket", 404},
    {"ProvisionedThroughputExceededException", "SlowDown", 503},
    {"ServiceUnavailableException", "ServiceUnavailable", 503},
    {"InternalServerError", "InternalError", 500},
    {"UnknownOperationException", "NotImplemented", 501},
};

static void reply_error_s3(struct reply *reply, const char *message)
{
    for (size_t i = 0; i < sizeof s3_codes / sizeof s3_codes[0]; i++) {
        if (strcmp(reply->code, s3_codes[i].code) == 0) {
            snprintf(reply->code, sizeof reply->code, "%s", s3_codes[i].of_s3);
            reply->status = s3_codes[i].status;
        }
    }
    reply->content_type = "application/xml";
    reply_print(reply,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%.500s</Message>"
                "<RequestId>%s</RequestId><HostId>faultd</HostId></Error>",
                reply->code, message, reply->request_id);
}

static void reply_error_xml(struct reply *reply, const char *code, const char *message)
{
    reply->content_type = "text/xml";
    reply_print(
        reply,
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
        "<Code>%s</Code><Message>%.500s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
        code, message, reply->request_id);
}

void reply_error(struct reply *reply, const struct request *request, int status, const char *code,
                 const char *format, ...)
{
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *content_type = reply->content_type;
    bool checksum = reply->checksum;
    reply_clear(reply);
    reply->content_type = content_type;
    reply->checksum = checksum;
    reply->status = status;
    snprintf(reply->code, sizeof reply->code, "%s", code);
    reply->error_code = reply->code;
    if (request->service == SERVICE_STS) {
        reply_error_xml(reply, code, message);
        return;
    }
    if (request->service == SERVICE_S3) {
        reply_error_s3(reply, message);
        return;
    }
    reply_print(reply, "{\"__type\":\"%s%s\",\"message\":", error_namespace(request, code), code);
    reply_string(reply, message);
    reply_text(reply, "}");
}
