/* S3: where a request goes, what it carries, what its answer means. A wrong URL is a line stored where nobody
 * looks for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/s3.h"
#include "aws/s3_address.h"
#include "tests/unit/aws/mutate.h"
#include "tests/unit/aws/scripted_client.h"
#include "tests/unit/seed.h"

static void a_bucket_is_in_the_host_where_it_can_be(void **state)
{
    (void)state;
    static const struct {
        struct s3_address address;
        const char *key;
        const char *url;
    } cases[] = {
        {{"https://s3.eu-west-1.amazonaws.com", false, "my-lake", {0}, NULL},
         "a/b.json",
         "https://my-lake.s3.eu-west-1.amazonaws.com/a/b.json"},
        {{"https://s3.eu-west-1.amazonaws.com", false, "my.lake", {0}, NULL},
         "a",
         "https://s3.eu-west-1.amazonaws.com/my.lake/a"},
        {{"http://127.0.0.1:9/x", true, "my-lake", {0}, NULL},
         "dt=1/a",
         "http://127.0.0.1:9/x/my-lake/dt%3D1/a"},
        {{"https://s3.eu-west-1.amazonaws.com", false, "my-lake", {0}, "list-type=2"},
         "",
         "https://my-lake.s3.eu-west-1.amazonaws.com/?list-type=2"},
        {{"http://h", true, "abc", {0}, NULL},
         " ~!*'()+:@\xc3\xbc%",
         "http://h/abc/%20~%21%2A%27%28%29%2B%3A%40%C3%BC%25"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s3_address address = cases[i].address;
        struct bytes url;
        address.key = slice_of_text(cases[i].key);
        bytes_init(&url, 1000);
        assert_int_equal(s3_address_append(&address, &url).code, STATUS_OK);
        if (!slice_equals_text(bytes_slice(&url), cases[i].url)) {
            fail_msg("%.*s, not %s", (int)url.length, url.at, cases[i].url);
        }
        bytes_free(&url);
    }
}

struct stage {
    struct scripted_client scripted;
    struct s3 s3;
};

static void start(struct stage *stage, const struct script_step *steps, size_t count)
{
    scripted_client_start(&stage->scripted, AWS_S3, steps, count);
    stage->s3 =
        (struct s3){.client = stage->scripted.client, .endpoint = "http://localhost:1", .path_style = true};
}

static void a_put_says_what_it_carries(void **state)
{
    (void)state;
    const struct script_step steps[] = {{.status = 200, .headers = "ETag: \"5d41\"\n"}};
    const struct s3_object object = {"lake", "a/b c.gz", "application/gzip"};
    struct stage stage;
    char value[100];
    start(&stage, steps, 1);
    assert_int_equal(s3_put_object(&stage.s3, &object, slice_of_text("hello"), NULL).code, STATUS_OK);
    const struct script_request *request = &stage.scripted.script.requests[0];
    assert_string_equal(request->method, "PUT");
    assert_string_equal(request->url, "http://localhost:1/lake/a/b%20c.gz");
    assert_string_equal(request->body, "hello");
    assert_true(script_header(request, "x-amz-content-sha256", value, sizeof value));
    assert_string_equal(value, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_true(script_header(request, "x-amz-checksum-sha256", value, sizeof value));
    assert_string_equal(value, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert_true(script_header(request, "content-type", value, sizeof value));
    assert_string_equal(value, "application/gzip");
    assert_false(script_header(request, "x-amz-target", value, sizeof value));
    scripted_client_end(&stage.scripted);
}

#define REFUSAL(code)                                                                                        \
    "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>no &amp; no</Message></Error>"

static void refusals_say_what_a_caller_can_do(void **state)
{
    (void)state;
    static const struct {
        struct script_step step;
        enum status_code code;
        const char *words;
    } cases[] = {
        {{.status = 404, .body = REFUSAL("NoSuchBucket")},
         STATUS_NOT_FOUND,
         "s3://lake/k: S3 PutObject: NoSuchBucket: no & no"},
        {{.status = 403, .body = REFUSAL("AccessDenied")}, STATUS_DENIED, "AccessDenied"},
        {{.status = 403, .body = REFUSAL("AllAccessDisabled")}, STATUS_DENIED, "AllAccessDisabled"},
        {{.status = 301, .body = REFUSAL("PermanentRedirect")}, STATUS_DENIED, "PermanentRedirect"},
        {{.status = 400, .body = REFUSAL("AuthorizationHeaderMalformed")}, STATUS_DENIED, "Malformed"},
        {{.status = 503, .body = REFUSAL("SlowDown")}, STATUS_THROTTLED, "SlowDown"},
        {{.status = 500, .body = REFUSAL("InternalError")}, STATUS_UNAVAILABLE, "InternalError"},
        {{.status = 400, .body = REFUSAL("RequestTimeout")}, STATUS_TIMEOUT, "RequestTimeout"},
        {{.status = 400, .body = REFUSAL("InvalidArgument")}, STATUS_INVALID, "InvalidArgument"},
        {{.status = 403, .body = REFUSAL("KMS.DisabledException")}, STATUS_DENIED, "KMS.Disabled"},
        {{.status = 502, .body = "<html>"},
         STATUS_UNAVAILABLE,
         "is the endpoint http://localhost:1/lake/k right"},
        {{.transport = STATUS_TIMEOUT}, STATUS_TIMEOUT, "as scripted"},
        {{.status = 200, .body = "<html>"},
         STATUS_CORRUPT,
         "s3://lake/k: S3 PutObject: HTTP 200 without an ETag: is the endpoint http://localhost:1 right"},
        {{.status = 200, .headers = "etag:\n"}, STATUS_CORRUPT, "without an ETag"},
    };
    const struct s3_object object = {"lake", "k", NULL};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        start(&stage, &cases[i].step, 1);
        struct status status = s3_put_object(&stage.s3, &object, slice_of_text("x"), NULL);
        if (status.code != cases[i].code || strstr(status.reason, cases[i].words) == NULL) {
            fail_msg("case %zu: %s, %s", i, status_code_name(status.code), status.reason);
        }
        scripted_client_end(&stage.scripted);
    }
}

static void what_is_not_there_counts_as_deleted(void **state)
{
    (void)state;
    const struct script_step steps[] = {{.status = 204},
                                        {.status = 404, .body = REFUSAL("NoSuchKey")},
                                        {.status = 404, .body = REFUSAL("NoSuchBucket")}};
    const struct s3_object object = {"lake", "k", NULL};
    struct stage stage;
    start(&stage, steps, 3);
    assert_int_equal(s3_delete_object(&stage.s3, &object, NULL).code, STATUS_OK);
    assert_int_equal(s3_delete_object(&stage.s3, &object, NULL).code, STATUS_OK);
    assert_int_equal(s3_delete_object(&stage.s3, &object, NULL).code, STATUS_NOT_FOUND);
    assert_string_equal(stage.scripted.script.requests[0].method, "DELETE");
    scripted_client_end(&stage.scripted);
}

static void an_object_comes_whole_or_not(void **state)
{
    (void)state;
    const struct script_step steps[] = {{.status = 200, .headers = "etag: \"5\"\n", .body = "content"},
                                        {.status = 200, .headers = "etag: \"5\"\n", .body = "content"}};
    const struct s3_object object = {"lake", "k", NULL};
    struct bytes content;
    struct stage stage;
    start(&stage, steps, 2);
    assert_int_equal(s3_get_object(&stage.s3, &object, 7, NULL, &content).code, STATUS_OK);
    assert_true(slice_equals_text(bytes_slice(&content), "content"));
    bytes_free(&content);
    assert_int_equal(s3_get_object(&stage.s3, &object, 6, NULL, &content).code, STATUS_TOO_LARGE);
    assert_string_equal(stage.scripted.script.requests[0].method, "GET");
    scripted_client_end(&stage.scripted);
}

static void what_s3_did_not_say_is_not_believed(void **state)
{
    (void)state;
    const struct script_step steps[] = {{.status = 200, .body = "<html>sign in</html>"},
                                        {.status = 200, .body = "<html>sign in</html>"}};
    const struct s3_object object = {"lake", "k", NULL};
    struct bytes content = {.at = NULL};
    struct stage stage;
    start(&stage, steps, 2);
    struct status status = s3_get_object(&stage.s3, &object, 100, NULL, &content);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "s3://lake/k: S3 GetObject: HTTP 200 without an ETag: is the endpoint "
                                       "http://localhost:1 right?");
    assert_null(content.at);
    status = s3_delete_object(&stage.s3, &object, NULL);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "s3://lake/k: S3 DeleteObject: HTTP 200 in place of 204: is the "
                                       "endpoint http://localhost:1 right?");
    scripted_client_end(&stage.scripted);
}

#define ENTRY(key, size)                                                                                     \
    "<Contents><Key>" key                                                                                    \
    "</Key><LastModified>2026-11-23T10:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>" size       \
    "</Size><StorageClass>STANDARD</StorageClass></Contents>"
#define LIST(truncated, more)                                                                                \
    "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"          \
    "<Name>lake</Name><IsTruncated>" truncated "</IsTruncated>" more "</ListBucketResult>"

static const char first_page[] =
    LIST("true", ENTRY("a/1%3D%20+x", "12")
                     ENTRY("a/2", "0") "<NextContinuationToken>t/=&amp;</NextContinuationToken>");
static const char last_page[] = LIST("false", ENTRY("a/3", "7"));

struct seen {
    char keys[200];
    int64_t bytes;
    int most;
};

static bool keep(void *context, const struct s3_entry *entry)
{
    struct seen *seen = context;
    size_t used = strlen(seen->keys);
    snprintf(seen->keys + used, sizeof seen->keys - used, "%s;", entry->key);
    seen->bytes += entry->size;
    assert_string_equal(entry->modified, "2026-11-23T10:00:00.000Z");
    return --seen->most != 0;
}

static void a_list_goes_on_over_its_pages(void **state)
{
    (void)state;
    const struct script_step steps[] = {{.status = 200, .body = first_page},
                                        {.status = 200, .body = last_page}};
    struct stage stage;
    struct seen seen = {.most = 0};
    const struct s3_visit visit = {keep, &seen};
    start(&stage, steps, 2);
    assert_int_equal(s3_list_objects(&stage.s3, "lake", "a/", NULL, &visit).code, STATUS_OK);
    assert_string_equal(seen.keys, "a/1=  x;a/2;a/3;");
    assert_int_equal(seen.bytes, 19);
    assert_string_equal(stage.scripted.script.requests[0].url,
                        "http://localhost:1/lake/?encoding-type=url&list-type=2&prefix=a%2F");
    assert_string_equal(
        stage.scripted.script.requests[1].url,
        "http://localhost:1/lake/?continuation-token=t%2F%3D%26&encoding-type=url&list-type=2&prefix=a%2F");
    scripted_client_end(&stage.scripted);
    start(&stage, steps, 2);
    seen = (struct seen){.most = 1};
    assert_int_equal(s3_list_objects(&stage.s3, "lake", "a/", NULL, &visit).code, STATUS_OK);
    assert_string_equal(seen.keys, "a/1=  x;");
    assert_int_equal(stage.scripted.script.used, 1);
    scripted_client_end(&stage.scripted);
}

static void a_list_that_is_none_is_told(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "<html></html>",
        LIST("true", ""),
        LIST("true", "<NextContinuationToken></NextContinuationToken>"),
        LIST("false", "<Contents><Key>a</Key></Contents>"),
        LIST("false", ENTRY("", "1")),
        LIST("false", ENTRY("a", "x")),
        LIST("false", ENTRY("a", "-1")),
        LIST("false", ENTRY("a%0", "1")),
        LIST("false", ENTRY("a%00", "1")),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct script_step step = {.status = 200, .body = bodies[i]};
        struct stage stage;
        struct seen seen = {.most = 0};
        const struct s3_visit visit = {keep, &seen};
        start(&stage, &step, 1);
        assert_int_equal(s3_list_objects(&stage.s3, "lake", "", NULL, &visit).code, STATUS_CORRUPT);
        scripted_client_end(&stage.scripted);
    }
}

static void no_bytes_make_the_list_read_out_of_bounds_or_for_ever(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int i = 0; i < 20000; i++) {
        char *memory = malloc(sizeof first_page);
        assert_non_null(memory);
        struct slice text =
            mutate(&random, random_below(&random, 2) ? first_page : last_page, memory, sizeof first_page);
        struct s3_list list;
        struct s3_entry entry;
        bool more = true;
        int entries = 0;
        struct status status = s3_list_begin(text, &list);
        while (status.code == STATUS_OK && more) {
            status = s3_list_next(&list, &entry, &more);
            assert_true(++entries < 10);
        }
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_is_in_the_host_where_it_can_be),
        cmocka_unit_test(a_put_says_what_it_carries),
        cmocka_unit_test(refusals_say_what_a_caller_can_do),
        cmocka_unit_test(what_is_not_there_counts_as_deleted),
        cmocka_unit_test(an_object_comes_whole_or_not),
        cmocka_unit_test(what_s3_did_not_say_is_not_believed),
        cmocka_unit_test(a_list_goes_on_over_its_pages),
        cmocka_unit_test(a_list_that_is_none_is_told),
        cmocka_unit_test(no_bytes_make_the_list_read_out_of_bounds_or_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
