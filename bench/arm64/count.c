// A plugin of QEMU's user mode emulation that counts the instructions a guest executes between two marks, by class. The guest sets the
// marks by umask(0101) and umask(0102); the second prints one line to stderr: COUNT dot multiply memory vector other.
// Declarations: QEMU 7.2, include/qemu/qemu-plugin.h, version 1 of the interface. arm64 encodings: Arm Architecture Reference Manual, C4.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
typedef void (*translation)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*system_call)(qemu_plugin_id_t, unsigned int, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, system_call);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { classes = 5, umask_number = 166, begin_mark = 0101, end_mark = 0102 };
static uint64_t counts[classes], before[classes];

static int class_of(uint32_t word) {
  if ((word & 0x9f20fc00) == 0x0e009400) return 0;                                  // SDOT, UDOT
  if ((word & 0x9f20fc00) == 0x0e20c000 || (word & 0x9f20fc00) == 0x0e208000) return 1;  // SMULL, UMULL, SMLAL, UMLAL
  if ((word & 0x0a000000) == 0x08000000) return 2;                                  // loads and stores
  if ((word & 0x0e000000) == 0x0e000000) return 3;                                  // other SIMD
  return 4;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  uint64_t found[classes] = {0};
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
    uint32_t word;
    memcpy(&word, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(block, i)), sizeof word);
    found[class_of(word)]++;
  }
  for (int i = 0; i < classes; i++) {
    if (found[i]) qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &counts[i], found[i]);
  }
}

static void called(qemu_plugin_id_t id, unsigned int thread, int64_t number, uint64_t mark, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                   uint64_t f, uint64_t g, uint64_t h) {
  if (number != umask_number) return;
  if (mark == begin_mark) memcpy(before, counts, sizeof before);
  if (mark != end_mark) return;
  fprintf(stderr, "COUNT");
  for (int i = 0; i < classes; i++) fprintf(stderr, " %llu", (unsigned long long)(counts[i] - before[i]));
  fputc('\n', stderr);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments) {
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  return 0;
}
