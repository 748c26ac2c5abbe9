#include "tests/bench/floor_call.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member that is looked for stands before or behind the records: within the first or the last few KiB. */
enum { FIND_BYTES = 8192, TRANSFER_BYTES = 512 * 1024 };

static const char *call_url;
static const char *call_authority;
static atomic_long requests;
static atomic_llong bytes_in;
static atomic_llong bytes_out;

_Noreturn void fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

void call_set_up(const char *url, const char *authority)
{
    call_url = url;
    call_authority = authority;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fail("curl_global_init failed");
    }
}

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct reply *reply = context;
    size_t length = size * count;
    if (reply->length + length + 1 > reply->capacity) {
        size_t capacity = (reply->length + length + 1) * 2;
        char *at = realloc(reply->at, capacity);
        if (at == NULL) {
            fail("out of memory");
        }
        reply->at = at;
        reply->capacity = capacity;
    }
    memcpy(reply->at + reply->length, data, length);
    reply->length += length;
    reply->at[reply->length] = '\0';
    return length;
}

void caller_open(struct caller *caller)
{
    *caller = (struct caller){.easy = curl_easy_init()};
    CURL *easy = caller->easy;
    if (easy == NULL) {
        fail("curl_easy_init failed");
    }
    curl_easy_setopt(easy, CURLOPT_URL, call_url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &caller->reply);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)TRANSFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)TRANSFER_BYTES);
    if (call_authority != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, call_authority);
    }
}

void caller_close(struct caller *caller)
{
    curl_easy_cleanup(caller->easy);
    free(caller->reply.at);
}

void call(struct caller *caller, const char *target, const char *body, size_t length)
{
    char target_header[128];
    CURL *easy = caller->easy;
    snprintf(target_header, sizeof target_header, "X-Amz-Target: %s", target);
    struct curl_slist *headers = curl_slist_append(NULL, target_header);
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
    headers = curl_slist_append(headers, "Expect:");
    caller->reply.length = 0;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    CURLcode code = curl_easy_perform(easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    if (code != CURLE_OK || status != 200) {
        fprintf(stderr, "floor: %s: %s, HTTP %ld: %.200s\n", target, curl_easy_strerror(code), status,
                caller->reply.length > 0 ? caller->reply.at : "");
        exit(1);
    }
    atomic_fetch_add(&requests, 1);
    atomic_fetch_add(&bytes_in, (long long)caller->reply.length);
    atomic_fetch_add(&bytes_out, (long long)length);
}

bool call_find_text(const struct caller *caller, const char *name, char *target, size_t size)
{
    const struct reply *reply = &caller->reply;
    char key[64];
    size_t key_length = (size_t)snprintf(key, sizeof key, "\"%s\":\"", name);
    size_t window = reply->length < FIND_BYTES ? reply->length : FIND_BYTES;
    const char *found = memmem(reply->at + reply->length - window, window, key, key_length);
    if (found == NULL) {
        found = memmem(reply->at, window, key, key_length);
    }
    if (found == NULL) {
        return false;
    }
    found += key_length;
    const char *end = strchr(found, '"');
    if (end == NULL || (size_t)(end - found) >= size) {
        fail("a value is too long");
    }
    memcpy(target, found, (size_t)(end - found));
    target[end - found] = '\0';
    return true;
}

struct call_sums call_read_sums(void)
{
    return (struct call_sums){.requests = atomic_load(&requests),
                              .bytes_in = atomic_load(&bytes_in),
                              .bytes_out = atomic_load(&bytes_out)};
}
