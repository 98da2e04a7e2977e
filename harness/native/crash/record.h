/*
 * Last words of a host process: which signal or exception, at which address, out of which frames.
 * They go to a file that the parent has open, in plain text (harness/host/crash-record.ts reads it):
 *
 *   crash <signal or exception code, hexadecimal>
 *   fault <address that was accessed>
 *   map <from> <to> <offset in the file> <file>      what is mapped where
 *   caller <address>      the return address of a call to an address where nothing is
 *   frame <address> <1: the instruction itself, 0: where the call returns to>
 *   end
 *
 * Afterwards whatever would have ended the process ends it, as if nobody had looked. Only calls that
 * are allowed in a signal handler are used, but for the unwinder, which comes last: should it fault,
 * the rest is written already.
 */
#ifndef CMC_CRASH_RECORD_H
#define CMC_CRASH_RECORD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 64
#define TEXT_MAX 4096

static int record = -1;

static size_t put_word(char* text, const char* word)
{
    const size_t length = strlen(word);
    memcpy(text, word, length);
    return length;
}

static size_t put_hex(char* text, uint64_t number)
{
    char digits[16];
    size_t count = 0;
    size_t at = 0;
    do {
        digits[count++] = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number != 0);
    while (count > 0) text[at++] = digits[--count];
    return at;
}

static void put(const char* text, size_t length);

static void say(const char* what, uint64_t number)
{
    char line[64];
    size_t at = put_word(line, what);
    line[at++] = ' ';
    at += put_hex(line + at, number);
    line[at++] = '\n';
    put(line, at);
}

static void say_frame(uint64_t address, int is_exact)
{
    char line[64];
    size_t at = put_word(line, "frame ");
    at += put_hex(line + at, address);
    at += put_word(line + at, is_exact ? " 1\n" : " 0\n");
    put(line, at);
}

#endif
