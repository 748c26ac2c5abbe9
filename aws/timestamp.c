#include "aws/timestamp.h"

#include <stdio.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static void put_digits(char *target, int64_t number, size_t digits)
{
    for (size_t i = digits; i > 0; i--) {
        target[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* The proleptic Gregorian date of a day since 1970, by eras of 400 years that begin on March 1
 * (https://howardhinnant.github.io/date_algorithms.html, civil_from_days). gmtime_r() takes a lock and looks for the time
 * zone's file at each call. */
static void date_of_day(int64_t day, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
    int64_t since = day + 719468; /* from March 1 of the year 0 */
    int64_t era = since / 146097;
    int64_t of_era = since % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    *ret_day = of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

void timestamp_format_basic(int64_t wall_ms, char text[TIMESTAMP_BASIC_BYTES])
{
    static const int64_t last_second = 253402300799; /* of the year 9999 */
    int64_t seconds = wall_ms / SECOND_MS;
    memcpy(text, "00000000T000000Z", TIMESTAMP_BASIC_BYTES);
    if (seconds < 0 || seconds > last_second) {
        return;
    }
    int64_t year;
    int64_t month;
    int64_t day;
    date_of_day(seconds / DAY_S, &year, &month, &day);
    put_digits(text, year, 4);
    put_digits(text + 4, month, 2);
    put_digits(text + 6, day, 2);
    put_digits(text + 9, seconds % DAY_S / HOUR_S, 2);
    put_digits(text + 11, seconds % HOUR_S / MINUTE_S, 2);
    put_digits(text + 13, seconds % MINUTE_S, 2);
}

/* Reads exactly `digits` decimal digits at `*at` and moves on. */
static bool take_number(struct slice *rest, size_t digits, int *ret_number)
{
    if (rest->length < digits) {
        return false;
    }
    int number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (rest->at[i] < '0' || rest->at[i] > '9') {
            return false;
        }
        number = number * 10 + (rest->at[i] - '0');
    }
    *rest = slice_of(rest->at + digits, rest->length - digits);
    *ret_number = number;
    return true;
}

static bool take_text(struct slice *rest, const char *text)
{
    if (!slice_starts_with(*rest, text)) {
        return false;
    }
    size_t length = strlen(text);
    *rest = slice_of(rest->at + length, rest->length - length);
    return true;
}

static bool take_clock(struct slice *rest, struct tm *tm)
{
    return take_number(rest, 2, &tm->tm_hour) && take_text(rest, ":") && take_number(rest, 2, &tm->tm_min) &&
           take_text(rest, ":") && take_number(rest, 2, &tm->tm_sec);
}

/* False when the fields name no real time, such as February 30. */
static bool seconds_of_tm(struct tm tm, int64_t *ret_seconds)
{
    struct tm same = tm;
    time_t seconds = timegm(&same);
    if (same.tm_mday != tm.tm_mday || same.tm_mon != tm.tm_mon || same.tm_hour != tm.tm_hour ||
        same.tm_min != tm.tm_min || tm.tm_sec > 60) {
        return false;
    }
    *ret_seconds = (int64_t)seconds;
    return true;
}

static bool take_month_name(struct slice *rest, int *ret_month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12 && rest->length >= 3; month++) {
        if (memcmp(rest->at, names + (size_t)month * 3, 3) == 0) {
            *rest = slice_of(rest->at + 3, rest->length - 3);
            *ret_month = month;
            return true;
        }
    }
    return false;
}

/* "23 Nov 2026" */
static bool take_date(struct slice *rest, struct tm *tm)
{
    return take_number(rest, 2, &tm->tm_mday) && take_text(rest, " ") && take_month_name(rest, &tm->tm_mon) &&
           take_text(rest, " ") && take_number(rest, 4, &tm->tm_year);
}

bool timestamp_parse_http(struct slice text, int64_t *ret_wall_ms)
{
    if (text.length < 5 || text.at[3] != ',') {
        return false;
    }
    struct slice rest = slice_of(text.at + 4, text.length - 4);
    struct tm tm = {0};
    int64_t seconds = 0;
    if (!take_text(&rest, " ") || !take_date(&rest, &tm) || !take_text(&rest, " ") ||
        !take_clock(&rest, &tm) || !take_text(&rest, " GMT") || rest.length != 0) {
        return false;
    }
    tm.tm_year -= 1900;
    if (!seconds_of_tm(tm, &seconds)) {
        return false;
    }
    *ret_wall_ms = seconds * SECOND_MS;
    return true;
}

/* Digits behind the point, as whole milliseconds. */
static bool take_fraction(struct slice *rest, int *ret_ms)
{
    *ret_ms = 0;
    if (!take_text(rest, ".")) {
        return true;
    }
    int scale = 100;
    size_t digits = 0;
    while (rest->length > 0 && rest->at[0] >= '0' && rest->at[0] <= '9') {
        *ret_ms += (rest->at[0] - '0') * scale;
        scale /= 10;
        digits++;
        *rest = slice_of(rest->at + 1, rest->length - 1);
    }
    return digits > 0;
}

static bool take_offset(struct slice *rest, int *ret_seconds)
{
    *ret_seconds = 0;
    if (take_text(rest, "Z")) {
        return true;
    }
    int sign = take_text(rest, "-") ? -1 : 1;
    if (sign > 0 && !take_text(rest, "+")) {
        return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!take_number(rest, 2, &hours) || (!take_text(rest, ":") && rest->length != 2) ||
        !take_number(rest, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_seconds = sign * (hours * HOUR_S + minutes * MINUTE_S);
    return true;
}

bool timestamp_parse_iso(struct slice text, int64_t *ret_wall_ms)
{
    struct slice rest = text;
    struct tm tm = {0};
    int fraction_ms = 0;
    int offset_s = 0;
    int64_t seconds = 0;
    if (!take_number(&rest, 4, &tm.tm_year) || !take_text(&rest, "-") || !take_number(&rest, 2, &tm.tm_mon) ||
        !take_text(&rest, "-") || !take_number(&rest, 2, &tm.tm_mday) || !take_text(&rest, "T") ||
        !take_clock(&rest, &tm) || !take_fraction(&rest, &fraction_ms) || !take_offset(&rest, &offset_s) ||
        rest.length != 0) {
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (!seconds_of_tm(tm, &seconds)) {
        return false;
    }
    *ret_wall_ms = (seconds - offset_s) * SECOND_MS + fraction_ms;
    return true;
}
