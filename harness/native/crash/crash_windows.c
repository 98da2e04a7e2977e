/* The last words of a process (record.h) on Windows. */
#if defined(_WIN32)

#include "record.h"

#include <io.h>
#include <signal.h>
#include <windows.h>

#define EXPORT __declspec(dllexport)

static void put(const char* text, size_t length)
{
    (void)_write(record, text, (unsigned)length);
}

static void say_module(uint64_t address)
{
    static HMODULE last;
    char line[TEXT_MAX];
    HMODULE module = NULL;
    const DWORD how =
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExA(how, (LPCSTR)(uintptr_t)address, &module) || module == last) return;
    last = module;
    const uint64_t base = (uint64_t)(uintptr_t)module;
    const IMAGE_DOS_HEADER* head = (const IMAGE_DOS_HEADER*)module;
    const IMAGE_NT_HEADERS* nt = (const IMAGE_NT_HEADERS*)((const char*)module + head->e_lfanew);
    size_t at = put_word(line, "map ");
    at += put_hex(line + at, base);
    line[at++] = ' ';
    at += put_hex(line + at, base + nt->OptionalHeader.SizeOfImage);
    at += put_word(line + at, " 0 ");
    const DWORD got = GetModuleFileNameA(module, line + at, (DWORD)(sizeof line - at - 2));
    if (got == 0) return;
    at += got;
    line[at++] = '\n';
    put(line, at);
}

static void say_stack(CONTEXT context)
{
#if defined(_M_X64) || defined(__x86_64__)
    for (int i = 0; i < FRAMES_MAX; i += 1) {
        DWORD64 base = 0;
        void* data = NULL;
        DWORD64 established = 0;
        say_module(context.Rip);
        say_frame(context.Rip, i == 0);
        const PRUNTIME_FUNCTION function = RtlLookupFunctionEntry(context.Rip, &base, NULL);
        if (function != NULL) {
            RtlVirtualUnwind(
                UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &data, &established,
                NULL);
        } else {
            /* A leaf, or a call to where no code is: the return address lies on top. */
            if (i > 0) break;
            context.Rip = *(const DWORD64*)(uintptr_t)context.Rsp;
            context.Rsp += 8;
        }
        if (context.Rip == 0) break;
    }
#else
    (void)context;
#endif
}

static void tell_all(uint64_t code, uint64_t fault, const CONTEXT* context)
{
    (void)_lseek(record, 0, SEEK_SET);
    (void)_chsize(record, 0);
    say("crash", code);
    say("fault", fault);
    say_stack(*context);
    put("end\n", 4);
}

/* Also called for exceptions that somebody handles: the last one before the end counts. */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS* info)
{
    const EXCEPTION_RECORD* what = info->ExceptionRecord;
    const DWORD code = what->ExceptionCode;
    /* Errors of the system; those of C++ and of languages say so by a bit. */
    if ((code & 0xe0000000u) != 0xc0000000u) return EXCEPTION_CONTINUE_SEARCH;
    const int is_access = code == EXCEPTION_ACCESS_VIOLATION || code == EXCEPTION_IN_PAGE_ERROR;
    tell_all(code, is_access ? (uint64_t)what->ExceptionInformation[1] : 0, info->ContextRecord);
    return EXCEPTION_CONTINUE_SEARCH;
}

static void on_signal(int number)
{
    CONTEXT context;
    RtlCaptureContext(&context);
    tell_all((uint64_t)number, 0, &context);
    signal(number, SIG_DFL);
}

EXPORT int32_t cmc_crash_watch(int32_t file)
{
    record = file;
    if (AddVectoredExceptionHandler(1, on_exception) == NULL) return 0;
    signal(SIGABRT, on_signal);
    return 1;
}

#else
typedef int cmc_crash_elsewhere;
#endif
