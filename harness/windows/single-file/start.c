/*
 * mapcert.exe: carries the folder that bundle:windows makes behind its own code. At its first start
 * it lays the folder out under %LOCALAPPDATA%\mapcert, by digest, and from then on runs it there.
 *
 * Behind the code lie the files, each as: length of its name (4 bytes), length of its contents
 * (8 bytes), name in UTF-8 with slashes, contents. The last 32 bytes are the trailer below.
 */
#define UNICODE
#include <stdint.h>
#include <stdio.h>
#include <windows.h>

#define PATH_LENGTH 1024
#define NAME_LENGTH 512
#define HARNESS_ERROR 7

typedef struct
{
    uint64_t begin;  /* Offset of the first file. */
    char digest[16]; /* Names the folder; not terminated. */
    char magic[8];
} trailer_t;

static int
fail(const char* what)
{
    fprintf(stderr, "mapcert: %s (error %lu)\n", what, GetLastError());
    return HARNESS_ERROR;
}

static BOOL
read_exactly(HANDLE file, void* into, DWORD length)
{
    DWORD done = 0;
    return ReadFile(file, into, length, &done, NULL) && done == length;
}

/** Makes the folders above a file, below the first `root` characters of its path. */
static void
make_folders(wchar_t* path, size_t root)
{
    for (wchar_t* at = path + root; *at; at++) {
        if (*at != L'\\') {
            continue;
        }
        *at = 0;
        CreateDirectoryW(path, NULL);
        *at = L'\\';
    }
}

static BOOL
copy_out(HANDLE from, const wchar_t* path, uint64_t left)
{
    static char buffer[1 << 16];
    HANDLE to = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (to == INVALID_HANDLE_VALUE) {
        return FALSE;
    }
    BOOL well = TRUE;
    while (well && left > 0) {
        DWORD part = left < sizeof(buffer) ? (DWORD)left : (DWORD)sizeof(buffer);
        DWORD done = 0;
        well = read_exactly(from, buffer, part) && WriteFile(to, buffer, part, &done, NULL) && done == part;
        left -= part;
    }
    return CloseHandle(to) && well;
}

/** Lays every file out under `folder`. */
static BOOL
unpack(HANDLE self, uint64_t begin, uint64_t end, const wchar_t* folder)
{
    LARGE_INTEGER at = {.QuadPart = (LONGLONG)begin};
    if (!SetFilePointerEx(self, at, NULL, FILE_BEGIN)) {
        return FALSE;
    }
    for (uint64_t place = begin; place < end;) {
        uint32_t name_length;
        uint64_t length;
        char name[NAME_LENGTH + 1];
        wchar_t wide[NAME_LENGTH + 1];
        wchar_t path[PATH_LENGTH];
        if (!read_exactly(self, &name_length, sizeof(name_length)) || !read_exactly(self, &length, sizeof(length)) ||
            name_length > NAME_LENGTH || !read_exactly(self, name, name_length)) {
            return FALSE;
        }
        name[name_length] = 0;
        if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, NAME_LENGTH + 1) == 0) {
            return FALSE;
        }
        for (wchar_t* mark = wide; *mark; mark++) {
            if (*mark == L'/') {
                *mark = L'\\';
            }
        }
        if (_snwprintf(path, PATH_LENGTH, L"%ls\\%ls", folder, wide) < 0) {
            return FALSE;
        }
        make_folders(path, wcslen(folder) + 1);
        if (!copy_out(self, path, length)) {
            return FALSE;
        }
        place += sizeof(name_length) + sizeof(length) + name_length + length;
    }
    return TRUE;
}

/**
 * The folder of this build, whole. It is unpacked under a name of this process and then renamed, so
 * that two that start at once do not see each other's half.
 */
static BOOL
folder_of(HANDLE self, wchar_t* folder)
{
    LARGE_INTEGER size;
    trailer_t trailer;
    wchar_t base[PATH_LENGTH / 2];
    wchar_t part[PATH_LENGTH];
    DWORD length = GetEnvironmentVariableW(L"LOCALAPPDATA", base, PATH_LENGTH / 2);
    if (length == 0 || length >= PATH_LENGTH / 2 || !GetFileSizeEx(self, &size)) {
        return FALSE;
    }
    LARGE_INTEGER at = {.QuadPart = size.QuadPart - (LONGLONG)sizeof(trailer)};
    if (!SetFilePointerEx(self, at, NULL, FILE_BEGIN) || !read_exactly(self, &trailer, sizeof(trailer)) ||
        memcmp(trailer.magic, "MAPCERT1", sizeof(trailer.magic)) != 0) {
        return FALSE;
    }
    _snwprintf(folder, PATH_LENGTH, L"%ls\\mapcert", base);
    CreateDirectoryW(folder, NULL);
    _snwprintf(folder, PATH_LENGTH, L"%ls\\mapcert\\%.16hs", base, trailer.digest);
    if (GetFileAttributesW(folder) != INVALID_FILE_ATTRIBUTES) {
        return TRUE;
    }
    _snwprintf(part, PATH_LENGTH, L"%ls.%lu", folder, GetCurrentProcessId());
    if (!CreateDirectoryW(part, NULL) || !unpack(self, trailer.begin, (uint64_t)at.QuadPart, part)) {
        return FALSE;
    }
    return MoveFileW(part, folder) || GetFileAttributesW(folder) != INVALID_FILE_ATTRIBUTES;
}

/** What follows the program's own name on the command line. */
static const wchar_t*
rest_of(const wchar_t* line)
{
    BOOL quoted = FALSE;
    for (; *line && (quoted || (*line != L' ' && *line != L'\t')); line++) {
        quoted ^= *line == L'"';
    }
    return line;
}

int
main(void)
{
    static wchar_t self_path[PATH_LENGTH], folder[PATH_LENGTH], node[PATH_LENGTH], line[1 << 15];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION child;
    DWORD code = HARNESS_ERROR;
    if (GetModuleFileNameW(NULL, self_path, PATH_LENGTH) == 0) {
        return fail("its own file has no name");
    }
    HANDLE self = CreateFileW(self_path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (self == INVALID_HANDLE_VALUE || !folder_of(self, folder)) {
        return fail("it could not be laid out under %LOCALAPPDATA%; is there room for it?");
    }
    CloseHandle(self);
    _snwprintf(node, PATH_LENGTH, L"%ls\\node.exe", folder);
    _snwprintf(
        line, sizeof(line) / sizeof(line[0]), L"\"%ls\" \"%ls\\app\\harness\\main.js\"%ls", node, folder,
        rest_of(GetCommandLineW()));
    SetConsoleCtrlHandler(NULL, TRUE); /* The child hears Ctrl+C and ends in its own way. */
    if (!CreateProcessW(node, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) {
        return fail("node.exe does not start");
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return (int)code;
}
