/* One call to S3 with the process's own AWS settings, for tests that compare with other implementations.
 *
 *   s3_call put BUCKET KEY [TYPE]   the object from standard input
 *   s3_call get BUCKET KEY          to standard output
 *   s3_call delete BUCKET KEY
 *   s3_call list BUCKET PREFIX      "KEY SIZE" lines, keys as JSON strings
 *   s3_call url BUCKET KEY          prints the URL, asks nobody
 *
 * On failure "CODE: REASON" goes to standard error, with exit code 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/http_curl.h"
#include "aws/json.h"
#include "aws/s3.h"
#include "aws/s3_address.h"

enum { OBJECT_CEILING = 16 * 1024 * 1024, LINE_CEILING = 16 * 1024 };

static struct status put(const struct s3 *s3, const struct s3_object *object)
{
    struct bytes content;
    char part[65536];
    size_t got;
    struct status status = status_ok();
    bytes_init(&content, OBJECT_CEILING);
    while (status_is_ok(&status) && (got = fread(part, 1, sizeof part, stdin)) > 0) {
        status = bytes_append(&content, part, got);
    }
    if (status_is_ok(&status)) {
        status = s3_put_object(s3, object, bytes_slice(&content), NULL);
    }
    bytes_free(&content);
    return status;
}

static struct status get(const struct s3 *s3, const struct s3_object *object)
{
    struct bytes content;
    TRY(s3_get_object(s3, object, OBJECT_CEILING, NULL, &content));
    size_t written = content.length == 0 ? 0 : fwrite(content.at, 1, content.length, stdout);
    bool whole = written == content.length;
    bytes_free(&content);
    return whole ? status_ok() : status_make(STATUS_IO, "cannot write to standard output");
}

static bool print_entry(void *context, const struct s3_entry *entry)
{
    struct bytes line;
    (void)context;
    bytes_init(&line, LINE_CEILING);
    struct status status = json_append_string(&line, slice_of_text(entry->key));
    if (status_is_ok(&status)) {
        (void)printf("%.*s %lld\n", (int)line.length, line.at, (long long)entry->size);
    }
    bytes_free(&line);
    return status_is_ok(&status);
}

static struct status print_url(const struct s3 *s3, const struct s3_object *object)
{
    struct s3_address address = {s3->endpoint, s3->path_style, object->bucket, slice_of_text(object->key),
                                 NULL};
    struct bytes url;
    bytes_init(&url, LINE_CEILING);
    struct status status = s3_address_append(&address, &url);
    if (status_is_ok(&status)) {
        (void)printf("%.*s\n", (int)url.length, url.at);
    }
    bytes_free(&url);
    return status;
}

static struct status call(const struct s3 *s3, char **words, int count)
{
    const struct s3_object object = {words[2], words[3], count > 4 ? words[4] : NULL};
    if (strcmp(words[1], "put") == 0) {
        return put(s3, &object);
    }
    if (strcmp(words[1], "get") == 0) {
        return get(s3, &object);
    }
    if (strcmp(words[1], "delete") == 0) {
        return s3_delete_object(s3, &object, NULL);
    }
    if (strcmp(words[1], "url") == 0) {
        return print_url(s3, &object);
    }
    const struct s3_visit visit = {print_entry, NULL};
    return s3_list_objects(s3, object.bucket, object.key, NULL, &visit);
}

int main(int count, char **words)
{
    struct http_curl_options http = {.ca_bundle = NULL};
    struct aws_session_options options = {.profile = NULL};
    struct aws_session *session = NULL;
    struct s3 s3 = {.client = NULL};
    if (count < 4) {
        (void)fprintf(stderr, "usage: s3_call put|get|delete|list|url BUCKET KEY [TYPE]\n");
        return 2;
    }
    struct status status = http_curl_create(&http, &options.transport);
    if (status_is_ok(&status)) {
        status = aws_session_open(&options, &session);
    }
    if (status_is_ok(&status)) {
        status = s3_open(session, &s3);
    }
    if (status_is_ok(&status)) {
        status = call(&s3, words, count);
    }
    s3_close(&s3);
    aws_session_close(session);
    if (options.transport != NULL) {
        options.transport->destroy(options.transport);
    }
    if (!status_is_ok(&status)) {
        (void)fprintf(stderr, "%s: %s\n", status_code_name(status.code), status.reason);
        return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
