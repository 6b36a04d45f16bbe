/** Processors that the filter knows, by Node's names. */
export const FILTERED_ARCHITECTURES = ['x64', 'arm64'] as const;
export type FilteredArchitecture = (typeof FILTERED_ARCHITECTURES)[number];

/**
 * Numbers of system calls: x86-64 from the kernel's `asm/unistd_64.h`, arm64 from `asm-generic/unistd.h`. Null: the
 * processor has no such call.
 */
type Numbers = Readonly<Record<string, readonly [x64: number, arm64: number | null]>>;

/**
 * Calls that nothing in a sandbox needs. The list is what Docker's default profile refuses to containers without
 * capabilities, and what would hide memory from the watch (memory that no process maps: memfd, System V).
 */
export const REFUSED_SYSCALLS: Numbers = {
  // Other file systems, namespaces and roots.
  chroot: [161, 51],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fspick: [433, 433],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  pivot_root: [155, 41],
  setns: [308, 268],
  umount2: [166, 39],
  unshare: [272, 97],
  // Other processes.
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  process_madvise: [440, 440],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  // Parts of the kernel with a history of holes.
  add_key: [248, 217],
  bpf: [321, 280],
  fanotify_init: [300, 262],
  keyctl: [250, 219],
  modify_ldt: [154, null],
  nfsservctl: [180, 42],
  perf_event_open: [298, 241],
  request_key: [249, 218],
  userfaultfd: [323, 282],
  vmsplice: [278, 75],
  // The machine.
  acct: [163, 89],
  clock_adjtime: [305, 266],
  clock_settime: [227, 112],
  delete_module: [176, 106],
  finit_module: [313, 273],
  init_module: [175, 105],
  ioperm: [173, null],
  iopl: [172, null],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  lookup_dcookie: [212, 18],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  reboot: [169, 142],
  setdomainname: [171, 162],
  sethostname: [170, 161],
  settimeofday: [164, 170],
  swapoff: [168, 225],
  swapon: [167, 224],
  sysfs: [139, null],
  syslog: [103, 116],
  uselib: [134, null],
  ustat: [136, null],
  vhangup: [153, 58],
  // Memory placement, and memory that is not in any process' resident size.
  mbind: [237, 235],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  msgctl: [71, 187],
  msgget: [68, 186],
  msgrcv: [70, 188],
  msgsnd: [69, 189],
  semctl: [66, 191],
  semget: [64, 190],
  semop: [65, 193],
  semtimedop: [220, 192],
  set_mempolicy: [238, 237],
  shmat: [30, 196],
  shmctl: [31, 195],
  shmdt: [67, 197],
  shmget: [29, 194],
};

/** Calls that programs try and do without when the kernel does not know them (ENOSYS). */
export const UNKNOWN_SYSCALLS: Numbers = {
  // Its flags stand in memory, where a filter cannot look; the C library falls back to clone.
  clone3: [435, 435],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
};

/** Calls that are allowed with certain arguments only. */
export const EXAMINED_SYSCALLS = {
  clone: [56, 220],
  ioctl: [16, 29],
  personality: [135, 92],
  socket: [41, 198],
} as const satisfies Numbers;
