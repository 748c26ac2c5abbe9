/* What would break for a user: a poison line that is gone, or a dead-letter file that no tool can read. */
#include "folder_support.h"

#include <cjson/cJSON.h>

#include "aws/base64.h"
#include "sink/dead_letter.h"
#include "sink/letter_text.h"

static char *read_file(const char *folder, const char *name)
{
    char path[256];
    static char text[4 * 1024 * 1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return text;
}

static struct dead_letters *open_letters(const struct test_folder *folder, const char *worker)
{
    char place[128];
    snprintf(place, sizeof place, "file:%s/in/here", folder->path);
    struct dead_letters *letters = NULL;
    const struct dead_letters_options options = {
        .place = place, .worker_id = worker, .table = "orders", .clock = clock_real()};
    assert_ok(dead_letters_open(&options, &letters));
    return letters;
}

static struct status store(struct dead_letters *letters, const char *content)
{
    return dead_letters_store(letters,
                              &(struct dead_letter){.reason = "a \"reason\"",
                                                    .shard = "shardId-1",
                                                    .sequence_number = slice_of_text("300"),
                                                    .attempts = 4,
                                                    .content = slice_of_text(content),
                                                    .is_line = true},
                              NULL);
}

static void assert_text(const cJSON *object, const char *name, const char *value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsString(member));
    assert_string_equal(member->valuestring, value);
}

static void a_letter_holds_all_that_is_known(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    struct dead_letters *letters = open_letters(&folder, "w-1");
    assert_ok(store(letters, "{\"v\":1,\"new_image\":{\"p\":{\"N\":\"1.50\"}}}\n"));
    assert_ok(store(letters, "{\"second\":2}\n"));
    dead_letters_close(letters);
    char *text = read_file(folder.path, "in/here/dead-letters-w-1.jsonl");
    char *newline = strchr(text, '\n');
    assert_non_null(newline);
    *newline = '\0';
    assert_non_null(strstr(text, "\"content\":{\"v\":1,\"new_image\":{\"p\":{\"N\":\"1.50\"}}}}"));
    cJSON *tree = cJSON_Parse(text);
    assert_non_null(tree);
    assert_text(tree, "worker", "w-1");
    assert_text(tree, "reason", "a \"reason\"");
    assert_text(tree, "shard", "shardId-1");
    assert_text(tree, "seq", "300");
    assert_text(tree, "kind", "line");
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(tree, "attempts")->valueint, 4);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(tree, "v")->valueint, 1);
    cJSON_Delete(tree);
    assert_non_null(strstr(newline + 1, "{\"second\":2}}\n"));
    test_folder_remove(&folder);
}

/* What is not one clean JSON object comes back from base64 byte for byte. */
static void any_content_is_kept_whole(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        size_t length;
        bool as_json;
    } cases[] = {
        {"{\"a\":1}", 7, true},
        {"{\"a\":1}\n", 8, true},
        {"{\"e\":\"\xc3\xa9\xf0\x9f\x98\x80\"}", 14, true},
        {"{}", 2, true},
        {"", 0, false},
        {"\n", 1, false},
        {"[1]", 3, false},
        {"{\"a\":1", 6, false},
        {"{\"a\":1}{\"b\":2}", 14, false},
        {"{\"a\":\n1}", 8, false},
        {"{\"a\":\"\xff\"}", 9, false},
        {"{\"a\":\"\xed\xa0\x80\"}", 11, false},
        {"{\"a\":\"\xc0\x80\"}", 10, false},
        {"{\"a\":\"\xf5\x80\x80\x80\"}", 12, false},
        {"{\"a\":\"\xe2\x82", 8, false},
        {"{\"a\":\"\0\"}", 9, false},
        {"\x1f\x8b\x08\x00", 4, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes text;
        bytes_init(&text, 4096);
        struct dead_letter letter = {
            .reason = "r", .shard = "s", .content = slice_of(cases[i].content, cases[i].length)};
        assert_ok(letter_text_append(&text, &letter, &(struct letter_stamp){"w", "orders", 1763892000000}));
        cJSON *tree = cJSON_ParseWithLength(text.at, text.length);
        assert_non_null(tree);
        const cJSON *encoded = cJSON_GetObjectItemCaseSensitive(tree, "content_base64");
        assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(tree, "seq")));
        assert_text(tree, "kind", "record");
        assert_text(tree, "ts", "2025-11-23T10:00:00.000Z");
        if ((encoded == NULL) != cases[i].as_json) {
            fail_msg("case %zu", i);
        }
        if (encoded != NULL) {
            struct bytes decoded;
            bytes_init(&decoded, 4096);
            assert_ok(base64_decode(slice_of_text(encoded->valuestring), &decoded));
            assert_true(slice_equals(bytes_slice(&decoded), letter.content));
            bytes_free(&decoded);
        }
        cJSON_Delete(tree);
        bytes_free(&text);
    }
}

static void a_torn_last_line_is_closed(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    struct dead_letters *letters = open_letters(&folder, "w-1");
    char path[256];
    snprintf(path, sizeof path, "%s/in/here/dead-letters-w-1.jsonl", folder.path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("{\"v\":1,\"torn", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_ok(store(letters, "{\"a\":1}\n"));
    assert_ok(store(letters, "{\"b\":1}\n"));
    dead_letters_close(letters);
    char *text = read_file(folder.path, "in/here/dead-letters-w-1.jsonl");
    assert_int_equal(strncmp(text, "{\"v\":1,\"torn\n{\"v\":1,", 20), 0);
    assert_null(strstr(text, "\n\n"));
    test_folder_remove(&folder);
}

static void a_full_disk_leaves_no_half_letter(void **state)
{
    (void)state;
    struct test_folder folder;
    test_folder_make(&folder);
    struct dead_letters *letters = open_letters(&folder, "w-1");
    assert_ok(store(letters, "{\"a\":1}\n"));
    size_t whole = strlen(read_file(folder.path, "in/here/dead-letters-w-1.jsonl"));
    (void)fflush(stdout);
    test_disk_limit(whole + 30); /* room for a part of the next */
    struct status status = store(letters, "{\"b\":1}\n");
    test_disk_has_room();
    assert_int_equal(status.code, STATUS_IO);
    assert_non_null(strstr(status.reason, "dead-letters-w-1.jsonl"));
    assert_int_equal(strlen(read_file(folder.path, "in/here/dead-letters-w-1.jsonl")), whole);
    assert_ok(store(letters, "{\"b\":1}\n"));
    char *text = read_file(folder.path, "in/here/dead-letters-w-1.jsonl");
    assert_non_null(strstr(text + whole, "{\"b\":1}"));
    assert_int_equal(text[whole], '{');
    dead_letters_close(letters);
    test_folder_remove(&folder);
}

static void a_wrong_place_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        enum status_code code;
        const char *words;
    } cases[] = {
        {"", STATUS_INVALID, "'' begins with none of s3://, firehose: and file: (character 1)"},
        {"file:", STATUS_INVALID, "'file:': a folder's name is missing (character 6)"},
        {"/var/tmp", STATUS_INVALID, "'/var/tmp'"},
        {"s3://Bucket/x", STATUS_INVALID, "(character 6)"},
        {"s3://bucket/a b", STATUS_INVALID, "(character 14)"},
        {"firehose:", STATUS_INVALID, "1 to 64 characters (character 10)"},
        {"firehose:a/b", STATUS_INVALID, "letters, digits and _.- only (character 11)"},
        {"file:/dev/null", STATUS_NOT_FOUND, "/dev/null"},
        {"file:/proc/penstock", STATUS_NOT_FOUND, "/proc/penstock"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dead_letters *letters = NULL;
        const struct dead_letters_options options = {
            .place = cases[i].place, .worker_id = "w", .table = "orders", .clock = clock_real()};
        struct status status = dead_letters_open(&options, &letters);
        assert_null(letters);
        if (status.code != cases[i].code || strstr(status.reason, cases[i].words) == NULL) {
            fail_msg("case %zu: %s: %s", i, status_code_name(status.code), status.reason);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_holds_all_that_is_known),
        cmocka_unit_test(any_content_is_kept_whole),
        cmocka_unit_test(a_torn_last_line_is_closed),
        cmocka_unit_test(a_full_disk_leaves_no_half_letter),
        cmocka_unit_test(a_wrong_place_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
