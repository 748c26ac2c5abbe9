#include "aws/error.h"

#include "aws/json.h"
#include "aws/retry.h"
#include "aws/xml.h"

enum { ERROR_BODY_CEILING = 256 * 1024 }; /* a longer body is no error message */

/* As much as fits, with a final NUL; cut between UTF-8 characters; control characters become spaces. */
static void copy_cut(struct slice text, char *target, size_t size)
{
    size_t length = text.length < size ? text.length : size - 1;
    while (length > 0 && length < text.length && ((unsigned char)text.at[length] & 0xc0) == 0x80) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        target[i] = c < ' ' || c == 0x7f ? ' ' : text.at[i];
    }
    target[length] = '\0';
}

/* "com.amazonaws.dynamodb.v20120810#X:http://internal" is X. */
static struct slice bare_code(struct slice type)
{
    const char *colon = type.length == 0 ? NULL : memchr(type.at, ':', type.length);
    if (colon != NULL) {
        type.length = (size_t)(colon - type.at);
    }
    const char *hash = type.length == 0 ? NULL : memrchr(type.at, '#', type.length);
    return hash == NULL ? type : slice_of(hash + 1, type.length - (size_t)(hash + 1 - type.at));
}

static struct slice first_text(const cJSON *object, const char *first, const char *second)
{
    struct slice text = json_text(object, first);
    return text.length > 0 ? text : json_text(object, second);
}

void aws_error_parse_json(const struct http_reply *reply, struct aws_error *ret_error)
{
    struct aws_error error = {{0}, {0}};
    cJSON *tree = NULL;
    struct slice body = bytes_slice(&reply->body);
    if (body.length > 0 && body.length <= ERROR_BODY_CEILING && json_parse(body, &tree).code == STATUS_OK) {
        copy_cut(bare_code(first_text(tree, "__type", "code")), error.code, sizeof error.code);
        copy_cut(first_text(tree, "message", "Message"), error.message, sizeof error.message);
    }
    cJSON_Delete(tree);
    if (error.code[0] == '\0') {
        copy_cut(bare_code(http_reply_header(reply, "x-amzn-errortype")), error.code, sizeof error.code);
    }
    *ret_error = error;
}

void aws_error_parse_xml(struct slice body, struct aws_error *ret_error)
{
    struct aws_error error = {{0}, {0}};
    char text[1024];
    if (xml_copy_text(body, "Code", text, sizeof text)) {
        copy_cut(slice_of_text(text), error.code, sizeof error.code);
    }
    if (xml_copy_text(body, "Message", text, sizeof text)) {
        copy_cut(slice_of_text(text), error.message, sizeof error.message);
    }
    *ret_error = error;
}

struct meaning {
    const char *code;
    enum status_code status;
};

static const struct meaning meanings[] = {
    {"ConditionalCheckFailedException", STATUS_CONDITION},
    {"ResourceNotFoundException", STATUS_NOT_FOUND},
    {"TableNotFoundException", STATUS_NOT_FOUND},
    {"ResourceInUseException", STATUS_EXISTS},
    {"ExpiredIteratorException", STATUS_EXPIRED},
    {"TrimmedDataAccessException", STATUS_TRIMMED},
    {"AccessDeniedException", STATUS_DENIED},
    {"AccessDenied", STATUS_DENIED},
    {"UnauthorizedOperation", STATUS_DENIED},
    {"NotAuthorized", STATUS_DENIED},
    {"OptInRequired", STATUS_DENIED},
    {"UnrecognizedClientException", STATUS_DENIED},
    {"InvalidClientTokenId", STATUS_DENIED},
    {"MissingAuthenticationToken", STATUS_DENIED},
    {"MissingAuthenticationTokenException", STATUS_DENIED},
    {"IncompleteSignature", STATUS_DENIED},
    {"IncompleteSignatureException", STATUS_DENIED},
    {"InvalidSignatureException", STATUS_DENIED},
    {"SignatureDoesNotMatch", STATUS_DENIED},
    {"RequestTimeTooSkewed", STATUS_DENIED},
    {"RequestExpired", STATUS_DENIED},
    {"RequestInTheFuture", STATUS_DENIED},
    {"AuthFailure", STATUS_DENIED},
    {"ExpiredToken", STATUS_DENIED},
    {"ExpiredTokenException", STATUS_DENIED},
    {"TokenRefreshRequired", STATUS_DENIED},
    {"InvalidIdentityToken", STATUS_DENIED},
    {"IDPRejectedClaim", STATUS_DENIED},
    {"InvalidKMSResourceException", STATUS_DENIED},
    {"InvalidSourceException", STATUS_DENIED},
    {"KMSAccessDeniedException", STATUS_DENIED},
    {"KMSDisabledException", STATUS_DENIED},
    {"KMSInvalidStateException", STATUS_DENIED},
    {"KMSNotFoundException", STATUS_DENIED},
    {"KMSOptInRequired", STATUS_DENIED},
    {"KMSThrottlingException", STATUS_THROTTLED},
    {"RequestTimeout", STATUS_TIMEOUT},
    {"RequestTimeoutException", STATUS_TIMEOUT},
    {"IDPCommunicationError", STATUS_UNAVAILABLE},
    {"ReplicatedWriteConflictException", STATUS_UNAVAILABLE},
    {"ServiceUnavailableException", STATUS_UNAVAILABLE},
    {"ServiceUnavailable", STATUS_UNAVAILABLE},
    {"InternalServerError", STATUS_UNAVAILABLE},
    {"InternalFailure", STATUS_UNAVAILABLE},
    {"InternalFailureException", STATUS_UNAVAILABLE},
    {"RequestEntityTooLargeException", STATUS_TOO_LARGE},
    /* S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
    {"NoSuchBucket", STATUS_NOT_FOUND},
    {"NoSuchKey", STATUS_NOT_FOUND},
    {"PermanentRedirect", STATUS_DENIED},
    {"AuthorizationHeaderMalformed", STATUS_DENIED},
    {"IllegalLocationConstraintException", STATUS_DENIED},
    {"InvalidObjectState", STATUS_DENIED},
    {"KMS.DisabledException", STATUS_DENIED},
    {"KMS.InvalidStateException", STATUS_DENIED},
    {"KMS.NotFoundException", STATUS_DENIED},
    {"EntityTooLarge", STATUS_TOO_LARGE},
    {"InternalError", STATUS_UNAVAILABLE},
    {"OperationAborted", STATUS_UNAVAILABLE},
    {"BadDigest", STATUS_UNAVAILABLE},
    {"XAmzContentSHA256Mismatch", STATUS_UNAVAILABLE},
    {"IncompleteBody", STATUS_UNAVAILABLE},
};

static enum status_code meaning_of_http_status(int http_status, bool has_code)
{
    switch (http_status) {
    case 401:
    case 403:
    case 407:
        return STATUS_DENIED;
    case 408:
    case 504:
        return STATUS_TIMEOUT;
    case 413:
        return STATUS_TOO_LARGE;
    case 429:
        return STATUS_THROTTLED;
    default:
        return http_status >= 400 && http_status < 500 && has_code ? STATUS_INVALID : STATUS_UNAVAILABLE;
    }
}

enum status_code aws_error_status_code(int http_status, struct slice code)
{
    if (retry_is_throttle(code)) {
        return STATUS_THROTTLED;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (slice_equals_text(code, meanings[i].code)) {
            return meanings[i].status;
        }
    }
    return meaning_of_http_status(http_status, code.length > 0);
}

void aws_error_request_id(const struct http_reply *reply, char ret_id[AWS_REQUEST_ID_BYTES])
{
    struct slice id = http_reply_header(reply, "x-amzn-requestid");
    if (id.length == 0) {
        id = http_reply_header(reply, "x-amz-request-id");
    }
    copy_cut(id, ret_id, AWS_REQUEST_ID_BYTES);
}

enum status_code aws_error_without_credentials(enum status_code code)
{
    switch (code) {
    case STATUS_UNAVAILABLE:
    case STATUS_TIMEOUT:
    case STATUS_THROTTLED:
    case STATUS_STOPPED:
    case STATUS_NO_MEMORY:
        return code;
    case STATUS_CORRUPT:
        return STATUS_UNAVAILABLE;
    default:
        return STATUS_DENIED;
    }
}
