/* Names come from anybody: no byte of them may reach a terminal as a command, break a line of CSV or make JSON
 * that does not parse. Tables must fit the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/seed.h"
#include "worker/leases/leases_layout.h"
#include "worker/leases/leases_print.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_wrap.h"

static void names_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool utf8;
        const char *escaped;
        size_t width;
    } cases[] = {
        {"plain-name_1", true, "plain-name_1", 12},
        {"a\x1b[2J", true, "a\\x1b[2J", 8},
        {"a\nb\rc\td", true, "a\\nb\\rc\\td", 10},
        {"back\\slash", true, "back\\\\slash", 11},
        {"\x7f\x01", true, "\\x7f\\x01", 8},
        {"\xc2\x9b"
         "31m",
         true, "\\u{9b}31m", 9}, /* CSI as one character */
        {"\xe2\x80\xae"
         "evil",
         true, "\\u{202e}evil", 12}, /* right-to-left override */
        {"\xff", true, "\\xff", 4},
        {"\xc0\x8a", true, "\\xc0\\x8a", 8}, /* an overlong line feed */
        {"\xed\xa0\x80", true, "\\xed\\xa0\\x80", 12}, /* a surrogate */
        {"caf\xc3\xa9", true, "caf\xc3\xa9", 4},
        {"caf\xc3\xa9", false, "caf\\u{e9}", 9},
        {"\xe6\xbc\xa2\xe5\xad\x97", true, "\xe6\xbc\xa2\xe5\xad\x97", 4}, /* two wide characters */
        {"e\xcc\x81", true, "e\xcc\x81", 1}, /* a combining accent */
        {"", true, "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes bytes;
        bytes_init(&bytes, 1000);
        struct status status = leases_text_escape(&bytes, slice_of_text(cases[i].text), cases[i].utf8);
        assert_int_equal(status.code, STATUS_OK);
        assert_true(slice_equals_text(bytes_slice(&bytes), cases[i].escaped));
        assert_int_equal(leases_text_width(bytes_slice(&bytes)), cases[i].width);
        bytes_free(&bytes);
    }
}

static void long_names_lose_their_middle(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
        const char *cut;
    } cases[] = {
        {"shardId-00000001763900000000-1a2b3c4d", 37, "shardId-00000001763900000000-1a2b3c4d"},
        {"shardId-00000001763900000000-1a2b3c4d", 20, "shardId-0..-1a2b3c4d"},
        {"shardId-00000001763900000000-1a2b3c4d", 8, "sha..c4d"},
        {"abcdef", 3, "abc"},
        {"abcdef", 4, "a..f"},
        {"abcdef", 1, "a"},
        {"abcdef", 0, ""},
        {"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", 5, "..\xe5\xad\x97"},
        {"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", 6, "\xe6\xbc\xa2..\xe5\xad\x97"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes bytes;
        bytes_init(&bytes, 1000);
        struct status status = leases_text_fit(&bytes, slice_of_text(cases[i].text), cases[i].width);
        assert_int_equal(status.code, STATUS_OK);
        assert_true(leases_text_width(bytes_slice(&bytes)) <= cases[i].width);
        assert_true(slice_equals_text(bytes_slice(&bytes), cases[i].cut));
        bytes_free(&bytes);
    }
}

static void times_are_for_people(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0ms"},           {999, "999ms"},    {1000, "1s"},
                 {59999, "59s"},       {271000, "4m31s"}, {11100000, "3h05m"},
                 {187200000, "2d04h"}, {-5, "0ms"},       {INT64_MAX, "106751991167d07h"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[LEASES_TIME_BYTES];
        leases_text_time(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void columns_fit_or_are_left_out_from_the_right(void **state)
{
    (void)state;
    static const struct {
        size_t wanted[4]; /* 0: no more columns */
        bool whole[4];
        size_t available;
        size_t widths[4];
    } cases[] = {
        {{37, 7, 12, 30}, {0}, 0, {37, 7, 12, 30}},
        {{37, 7, 12, 30}, {0}, 92, {37, 7, 12, 30}},
        {{37, 7, 12, 30}, {0}, 80, {27, 7, 12, 28}},
        {{37, 7, 12, 30}, {0}, 40, {9, 7, 9, 9}},
        {{37, 12, 37, 30}, {0, 1, 0, 0}, 40, {12, 12, 12, 0}},
        {{37, 12, 37, 0}, {0, 1, 0, 0}, 40, {12, 12, 12, 0}},
        {{100, 100, 0, 0}, {1, 0, 0, 0}, 40, {40, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_layout_column columns[4] = {{0}};
        size_t count = 0;
        while (count < 4 && cases[i].wanted[count] > 0) {
            columns[count].wanted = cases[i].wanted[count];
            columns[count].whole = cases[i].whole[count];
            count++;
        }
        leases_layout_fit(columns, count, cases[i].available);
        size_t used = 0;
        for (size_t c = 0; c < count; c++) {
            used += columns[c].width + (c > 0 && columns[c].width > 0 ? LEASES_LAYOUT_GAP : 0);
            assert_true(columns[c].width <= columns[c].wanted);
            assert_int_equal(columns[c].width, cases[i].widths[c]);
        }
        assert_true(cases[i].available == 0 || used <= cases[i].available);
    }
}

static void columns_to_be_kept_stay_legible(void **state)
{
    (void)state;
    static const struct {
        size_t wanted[4]; /* the first `kept` are */
        size_t kept;
        bool whole[4];
        size_t available;
        bool narrow;
        size_t widths[4];
    } cases[] = {
        {{37, 7, 30, 21}, 3, {0, 1, 0, 0}, 80, false, {23, 7, 23, 21}},
        {{37, 7, 30, 21}, 3, {0, 1, 0, 0}, 60, false, {18, 7, 18, 11}},
        {{37, 7, 30, 21}, 3, {0, 1, 0, 0}, 47, false, {18, 7, 18, 0}},
        {{37, 7, 30, 21}, 3, {0, 1, 0, 0}, 46, true, {0}},
        {{10, 7, 6, 21}, 3, {0, 1, 0, 0}, 40, false, {10, 7, 6, 11}},
        {{37, 10, 0, 0}, 2, {0, 1, 0, 0}, 0, false, {37, 10, 0, 0}},
        {{37, 0, 0, 0}, 0, {0}, 4, false, {4, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leases_layout_column columns[4] = {{0}};
        size_t count = 0;
        for (; count < 4 && cases[i].wanted[count] > 0; count++) {
            columns[count] = (struct leases_layout_column){cases[i].wanted[count], cases[i].whole[count],
                                                           count < cases[i].kept, 0};
        }
        assert_int_equal(leases_layout_is_narrow(columns, count, cases[i].available), cases[i].narrow);
        leases_layout_fit(columns, count, cases[i].available);
        for (size_t c = 0; c < count && !cases[i].narrow; c++) {
            assert_int_equal(columns[c].width, cases[i].widths[c]);
        }
    }
}

static void long_texts_go_on_below(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t indent;
        size_t width;
        const char *lines;
    } cases[] = {
        {"", 2, 10, ""},
        {"whole", 2, 5, "whole"},
        {"one two three", 2, 0, "one two three"},
        {"one two three", 2, 7, "one two\n  three"},
        {"one two three", 0, 8, "one two\nthree"},
        {"one two three", 1, 3, "one\n two\n thr\n ee"},
        {"abcdefgh", 3, 3, "abc\n   def\n   gh"},
        {"a bcdefghijk l", 0, 4, "a\nbcde\nfghi\njk l"},
        {"  two blanks", 0, 4, " \ntwo\nblan\nks"},
        {"\xe6\xbc\xa2\xe5\xad\x97\xe5\xad\x97", 1, 4, "\xe6\xbc\xa2\xe5\xad\x97\n \xe5\xad\x97"},
        {"\xe6\xbc\xa2\xe5\xad\x97", 0, 1, "\xe6\xbc\xa2\n\xe5\xad\x97"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes bytes;
        const char *text = NULL;
        bytes_init(&bytes, 4096);
        struct status status =
            leases_wrap_append(&bytes, slice_of_text(cases[i].text), cases[i].indent, cases[i].width);
        assert_int_equal(status.code, STATUS_OK);
        status = bytes_terminate(&bytes, &text);
        assert_int_equal(status.code, STATUS_OK);
        assert_string_equal(text, cases[i].lines);
        bytes_free(&bytes);
    }
}

/* ---- Sheets ---- */

struct thing {
    const char *name;
    int64_t number;
    bool known;
};

static struct status fill_name(const void *row, struct leases_cell *cell)
{
    cell->tone = LEASES_TONE_BAD;
    return leases_cell_text(cell, ((const struct thing *)row)->name);
}

static struct status fill_number(const void *row, struct leases_cell *cell)
{
    const struct thing *thing = row;
    if (!thing->known) {
        cell->kind = LEASES_CELL_UNKNOWN;
        return status_ok();
    }
    return leases_cell_number(cell, thing->number);
}

static struct status fill_names(const void *row, struct leases_cell *cell)
{
    const char *const names[] = {"p1", ((const struct thing *)row)->name};
    return leases_cell_names(cell, names, 2);
}

static struct status fill_time(const void *row, struct leases_cell *cell)
{
    return leases_cell_ms(cell, ((const struct thing *)row)->number);
}

static const struct leases_column columns[] = {
    {"NAME", "name", 0, fill_name},
    {"NUMBER", "number", LEASES_COLUMN_RIGHT, fill_number},
    {"NAMES", "names", LEASES_COLUMN_WIDE, fill_names},
    {"TIME", "time_seconds", LEASES_COLUMN_DATA, fill_time},
};

static char *print(const struct leases_style *style, const struct thing *things, size_t count)
{
    const void *rows[8];
    for (size_t i = 0; i < count; i++) {
        rows[i] = &things[i];
    }
    const struct leases_sheet sheet = {columns, 4, rows, count, "things", "\"table\":\"t\""};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct status status = leases_print(out, style, &sheet);
    assert_int_equal(status.code, STATUS_OK);
    fclose(out);
    return text;
}

static void every_form_of_a_sheet(void **state)
{
    (void)state;
    static const struct thing things[] = {{"a,\"b\"", 1500, true}, {"x\ny", 0, false}, {"", 61000, true}};
    static const struct {
        struct leases_style style;
        const char *text;
    } cases[] = {
        {{LEASES_FORM_TABLE, true, false, true, 0, 0},
         "NAME    NUMBER\na,\"b\"     1500\nx\\ny   unknown\n-        61000\n"},
        {{LEASES_FORM_TABLE, false, true, true, 0, 0},
         "\x1b[31ma,\"b\"\x1b[0m     1500\n\x1b[31mx\\ny\x1b[0m   unknown\n\x1b[31m-\x1b[0m        61000\n"},
        {{LEASES_FORM_WIDE, true, false, true, 40, 0},
         "NAME    NUMBER  NAMES\na,\"b\"     1500  p1 a,\"b\"\nx\\ny   unknown  p1 x\\ny\n-        61000  p1 "
         "\n"},
        {{LEASES_FORM_CSV, true, false, true, 0, 0},
         "name,number,names,time_seconds\r\n\"a,\"\"b\"\"\",1500,\"p1 "
         "a,\"\"b\"\"\",1.500\r\nx\\ny,unknown,p1 "
         "x\\ny,0.000\r\n,61000,\"p1 \",61.000\r\n"},
        {{LEASES_FORM_JSONL, true, false, true, 0, 0},
         "{\"name\":\"a,\\\"b\\\"\",\"number\":1500,\"names\":[\"p1\",\"a,\\\"b\\\"\"],\"time_seconds\":1."
         "500}\n"
         "{\"name\":\"x\\ny\",\"number\":null,\"names\":[\"p1\",\"x\\ny\"],\"time_seconds\":0.000}\n"
         "{\"name\":null,\"number\":61000,\"names\":[\"p1\",\"\"],\"time_seconds\":61.000}\n"},
        {{LEASES_FORM_JSON, true, false, true, 0, 0},
         "{\"table\":\"t\",\"things\":[\n{\"name\":\"a,\\\"b\\\"\",\"number\":1500,\"names\":[\"p1\",\"a,"
         "\\\"b\\\""
         "\"],\"time_seconds\":1.500},\n{\"name\":\"x\\ny\",\"number\":null,\"names\":[\"p1\",\"x\\ny\"],"
         "\"time_seconds\":0.000},\n{\"name\":null,\"number\":61000,\"names\":[\"p1\",\"\"],\"time_seconds\":"
         "61."
         "000}]}\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = print(&cases[i].style, things, 3);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

static void check_lines_of_a_block(const struct thing *thing);

static void random_bytes_stay_inside_their_cell(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    for (int round = 0; round < 3000; round++) {
        char name[40];
        size_t length = (size_t)random_below(&random, sizeof name - 1);
        for (size_t i = 0; i < length; i++) {
            name[i] = (char)(1 + random_below(&random, 255));
        }
        name[length] = '\0';
        const struct thing thing = {name, 5, true};
        for (int form = LEASES_FORM_TABLE; form <= LEASES_FORM_CSV; form++) {
            const struct leases_style style = {
                (enum leases_form)form, false, false, true, form == LEASES_FORM_TABLE ? 40 : 0, 0};
            char *text = print(&style, &thing, 1);
            struct slice rest = slice_of_text(text);
            size_t lines = 0;
            while (rest.length > 0) {
                size_t taken = 0;
                int32_t point = leases_text_decode(rest, &taken);
                assert_true(point >= 0x20 || point == '\n' || (point == '\r' && form == LEASES_FORM_CSV));
                assert_false(point >= 0x7f && point < 0xa0);
                lines += point == '\n' ? 1 : 0;
                rest = slice_of(rest.at + taken, rest.length - taken);
            }
            assert_int_equal(lines, form == LEASES_FORM_JSON ? 2 : 1);
            if (form == LEASES_FORM_TABLE) {
                assert_true(leases_text_width(slice_of(text, strcspn(text, "\n"))) <= 40);
            }
            if (form == LEASES_FORM_TABLE) {
                check_lines_of_a_block(&thing);
            }
            if (form == LEASES_FORM_JSON || form == LEASES_FORM_JSONL) {
                cJSON *tree = cJSON_Parse(text);
                assert_non_null(tree);
                cJSON_Delete(tree);
            }
            free(text);
        }
    }
}

static struct status fill_prose(const void *row, struct leases_cell *cell)
{
    return leases_cell_text(
        cell, ((const struct thing *)row)->known ? "has not moved for two minutes and is not read" : "");
}

static const struct leases_column kept_columns[] = {
    {"NAME", "name", LEASES_COLUMN_KEEP, fill_name},
    {"NUMBER", "number", LEASES_COLUMN_KEEP | LEASES_COLUMN_RIGHT, fill_number},
    {"AGAIN", "again", LEASES_COLUMN_KEEP, fill_name},
    {"WHY", "why", LEASES_COLUMN_BELOW, fill_prose},
    {"TIME", "time", 0, fill_time},
};

/* No line is wider than the terminal, whatever the names. */
static void check_lines_of_a_block(const struct thing *thing)
{
    const void *rows[] = {thing};
    const struct leases_style style = {LEASES_FORM_TABLE, true, false, true, 40, 0};
    const struct leases_sheet sheet = {kept_columns, 5, rows, 1, "things", ""};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct status status = leases_print(out, &style, &sheet);
    assert_int_equal(status.code, STATUS_OK);
    fclose(out);
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        assert_true(leases_text_width(slice_of(at, strcspn(at, "\n"))) <= 40);
    }
    free(text);
}

static void what_counts_is_on_every_terminal(void **state)
{
    (void)state;
    static const struct thing things[] = {
        {"n-1", 1500, true}, {"name-of-18-columns", 0, false}, {"", 7, true}};
    static const struct {
        struct leases_style style;
        size_t count;
        size_t height;
        const char *text;
    } cases[] = {
        {{LEASES_FORM_TABLE, true, false, true, 72, 0},
         1,
         1,
         "NAME  NUMBER  AGAIN  WHY                                            TIME\n"
         "n-1     1500  n-1    has not moved for two minutes and is not read  1s\n"},
        {{LEASES_FORM_TABLE, true, false, true, 40, 0},
         1,
         3,
         "NAME  NUMBER  AGAIN  TIME\nn-1     1500  n-1    1s\n"
         "  has not moved for two minutes and is\n  not read\n"},
        {{LEASES_FORM_TABLE, true, false, true, 40, 0},
         3,
         5,
         "n-1\n  NUMBER  1500\n  AGAIN   n-1\n  has not moved for two minutes and is\n  not read\n"
         "name-of-18-columns\n  NUMBER  unknown\n  AGAIN   name-of-18-columns\n"
         "-\n  NUMBER  7\n  has not moved for two minutes and is\n  not read\n"},
        {{LEASES_FORM_TABLE, false, true, true, 40, 0},
         2,
         5,
         "\x1b[31mn-1\x1b[0m\n  1500\n  \x1b[31mn-1\x1b[0m\n  has not moved for two minutes and is\n  not "
         "read\n\x1b[31mname-of-18-columns\x1b[0m\n  unknown\n  \x1b[31mname-of-18-columns\x1b[0m\n"},
        {{LEASES_FORM_WIDE, true, false, true, 40, 0},
         1,
         1,
         "NAME  NUMBER  AGAIN  WHY                                            TIME\n"
         "n-1     1500  n-1    has not moved for two minutes and is not read  1s\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const void *rows[] = {&things[0], &things[1], &things[2]};
        const struct leases_sheet sheet = {kept_columns, 5, rows, cases[i].count, "things", ""};
        char *text = NULL;
        size_t size = 0;
        size_t height = 0;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        struct status status = leases_print(out, &cases[i].style, &sheet);
        assert_int_equal(status.code, STATUS_OK);
        fclose(out);
        assert_string_equal(text, cases[i].text);
        status = leases_print_height(&cases[i].style, &sheet, &height);
        assert_int_equal(status.code, STATUS_OK);
        assert_int_equal(height, cases[i].height);
        free(text);
    }
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    const struct leases_style style = {LEASES_FORM_JSON, true, false, true, 0, 0};
    const struct leases_sheet sheet = {columns, 4, NULL, 0, "things", ""};
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    struct status status = leases_print(full, &style, &sheet);
    assert_int_equal(status.code, STATUS_IO);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(long_names_lose_their_middle),
        cmocka_unit_test(times_are_for_people),
        cmocka_unit_test(columns_fit_or_are_left_out_from_the_right),
        cmocka_unit_test(columns_to_be_kept_stay_legible),
        cmocka_unit_test(long_texts_go_on_below),
        cmocka_unit_test(every_form_of_a_sheet),
        cmocka_unit_test(what_counts_is_on_every_terminal),
        cmocka_unit_test(random_bytes_stay_inside_their_cell),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
