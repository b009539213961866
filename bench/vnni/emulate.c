// A library to preload into Node on x86-64 without AVX-VNNI: V8 takes the CPU for one that has it, and every vpdpbusd that traps is replaced
// by a call of the same five bytes to code that computes it. What is replaced stays one instruction, and begins its code with a mark
// by which count.c leaves that code out.
// V8_FEATURES is the address of V8's word of CPU features in the Node binary (emulator.ts).
// Encodings and arithmetic: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD and section 2.3 (VEX).
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/** V8 13.6, src/codegen/cpu-features.h: the index of AVX_VNNI among those of x64. */
enum { avx_vnni_bit = 7 };
enum { instruction_bytes = 5, code_bytes = 128, page_bytes = 4096, area_bytes = 1 << 20 };
enum { pp_66 = 1, pp_f3 = 2, map_0f = 1, map_0f38 = 2, map_0f3a = 3 };

/** nopl 0x494e4e56(%rax): "VNNI". */
static const uint8_t mark[] = {0x0f, 0x1f, 0x80, 'V', 'N', 'N', 'I'};

static uint8_t *area, *next;
/** The code for every triple of registers, in the present area. */
static uint8_t *codes[16][16][16];

static void put(const void *bytes, size_t count) {
  memcpy(next, bytes, count);
  next += count;
}

/** A VEX instruction with three bytes of prefix, up to the byte of its opcode. */
static void put_vex(int map, int prefix, int is_256, int reg, int vvvv, int rm, int opcode) {
  const uint8_t bytes[] = {0xc4, (reg < 8) << 7 | 0x40 | (rm < 8) << 5 | map, (~vvvv & 15) << 3 | is_256 << 2 | prefix, opcode};
  put(bytes, sizeof bytes);
}

static void put_registers(int map, int prefix, int is_256, int reg, int vvvv, int rm, int opcode) {
  put_vex(map, prefix, is_256, reg, vvvv, rm, opcode);
  const uint8_t modrm = 0xc0 | (reg & 7) << 3 | (rm & 7);
  put(&modrm, 1);
}

/** vmovdqu between a register of 32 bytes and the stack at `offset`; opcode 0x6f loads, 0x7f stores. */
static void put_move(int reg, int offset, int opcode) {
  put_vex(map_0f, pp_f3, 1, reg, 0, 4, opcode);
  const uint8_t address[] = {0x44 | (reg & 7) << 3, 0x24, offset};
  put(address, sizeof address);
}

/** lea offset(%rsp), %rsp, which leaves the flags as they are. */
static void put_stack(int offset) {
  const uint8_t bytes[] = {0x48, 0x8d, 0x64, 0x24, offset};
  put(bytes, sizeof bytes);
}

/** The lowest register of the vector unit that is none of the four. */
static int free_register(int a, int b, int c, int d) {
  int i = 0;
  while (i == a || i == b || i == c || i == d) i++;
  return i;
}

/** sum[i] += unsigned byte * signed byte, four of them, for every lane i; all other registers and the flags keep their values. */
static void put_code(int sum, int left, int right) {
  const int t = free_register(sum, left, right, -1), u = free_register(sum, left, right, t);
  const uint8_t high = 1, ret = 0xc3;
  put(mark, sizeof mark);
  put_stack(-64);
  put_move(t, 0, 0x7f);
  put_move(u, 32, 0x7f);
  put_registers(map_0f38, pp_66, 1, t, 0, left, 0x30);   // vpmovzxbw
  put_registers(map_0f38, pp_66, 1, u, 0, right, 0x20);  // vpmovsxbw
  put_registers(map_0f, pp_66, 1, t, t, u, 0xf5);        // vpmaddwd: sums of two
  put_registers(map_0f3a, pp_66, 1, t, 0, u, 0x39);      // vextracti128 $1
  put(&high, 1);
  put_registers(map_0f38, pp_66, 0, t, t, u, 0x02);      // vphaddd: sums of four
  put_registers(map_0f, pp_66, 0, sum, sum, t, 0xfe);    // vpaddd
  put_move(t, 0, 0x6f);
  put_move(u, 32, 0x6f);
  put_stack(64);
  put(&ret, 1);
}

static void give_up(const uint8_t *at) {
  fprintf(stderr, "no vpdpbusd: %02x %02x %02x %02x %02x\n", at[0], at[1], at[2], at[3], at[4]);
  _exit(99);
}

static int reaches(const uint8_t *from, const uint8_t *to) {
  const int64_t distance = to - (from + instruction_bytes);
  return distance == (int32_t)distance;
}

/** Makes an area that a call at `at` reaches: looks upwards from it, then downwards. */
static void make_area(const uint8_t *at) {
  const int64_t step = 1 << 24, limit = 100;
  for (int64_t i = 1; i < 2 * limit; i++) {
    void *wish = (void *)(((uintptr_t)at & -(uintptr_t)page_bytes) + (i < limit ? i : limit - i) * step);
    uint8_t *made = mmap(wish, area_bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (made == MAP_FAILED) continue;
    if (reaches(at, made) && reaches(at, made + area_bytes)) {
      area = next = made;
      memset(codes, 0, sizeof codes);
      return;
    }
    munmap(made, area_bytes);
  }
  give_up(at);
}

static void on_illegal(int signal, siginfo_t *info, void *context) {
  uint8_t *at = (uint8_t *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  // VEX.128.66.0F38.W0 50 /r with registers alone, which is all that V8 emits.
  if (at[0] != 0xc4 || (at[1] & 0x1f) != map_0f38 || (at[2] & 0x87) != pp_66 || at[3] != 0x50 || at[4] >> 6 != 3) give_up(at);
  const int sum = (at[4] >> 3 & 7) | (at[1] & 0x80 ? 0 : 8), right = (at[4] & 7) | (at[1] & 0x20 ? 0 : 8), left = ~(at[2] >> 3) & 15;
  if (!area || !reaches(at, area) || next + code_bytes > area + area_bytes) make_area(at);
  uint8_t **code = &codes[sum][left][right];
  if (!*code) {
    // Of one page each, so that the emulator translates it as one block.
    next = area + ((next - area + code_bytes - 1) & -code_bytes);
    *code = next;
    put_code(sum, left, right);
  }
  const int32_t distance = *code - (at + instruction_bytes);
  uint8_t call[instruction_bytes] = {0xe8};
  memcpy(call + 1, &distance, sizeof distance);
  const uintptr_t page = (uintptr_t)at & -(uintptr_t)page_bytes;
  if (mprotect((void *)page, 2 * page_bytes, PROT_READ | PROT_WRITE | PROT_EXEC) &&
      mprotect((void *)page, page_bytes, PROT_READ | PROT_WRITE | PROT_EXEC))
    give_up(at);
  memcpy(at, call, sizeof call);
}

__attribute__((constructor)) static void begin(void) {
  const char *features = getenv("V8_FEATURES");
  if (!features) return;
  *(volatile uint32_t *)strtoull(features, 0, 16) |= 1u << avx_vnni_bit;
  struct sigaction action = {0};
  action.sa_sigaction = on_illegal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGILL, &action, 0);
}
