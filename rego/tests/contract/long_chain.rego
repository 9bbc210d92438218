# The longest chain that is allowed.
package tracee.TRC_905

__rego_metadoc__ := {"id": "TRC-905", "name": "x"}

tracee_selected_events[{"source": "tracee", "name": "ptrace"}]

tracee_match { f0(1) == 1 }

f0(x) = y { y := f1(x) }

f1(x) = y { y := f2(x) }

f2(x) = y { y := f3(x) }

f3(x) = y { y := f4(x) }

f4(x) = y { y := f5(x) }

f5(x) = y { y := f6(x) }

f6(x) = y { y := f7(x) }

f7(x) = y { y := f8(x) }

f8(x) = y { y := f9(x) }

f9(x) = y { y := f10(x) }

f10(x) = y { y := f11(x) }

f11(x) = y { y := f12(x) }

f12(x) = y { y := f13(x) }

f13(x) = y { y := f14(x) }

f14(x) = y { y := f15(x) }

f15(x) = y { y := f16(x) }

f16(x) = y { y := f17(x) }

f17(x) = y { y := f18(x) }

f18(x) = y { y := f19(x) }

f19(x) = y { y := f20(x) }

f20(x) = y { y := f21(x) }

f21(x) = y { y := f22(x) }

f22(x) = y { y := f23(x) }

f23(x) = y { y := f24(x) }

f24(x) = y { y := f25(x) }

f25(x) = y { y := f26(x) }

f26(x) = y { y := f27(x) }

f27(x) = y { y := f28(x) }

f28(x) = y { y := f29(x) }

f29(x) = y { y := f30(x) }

f30(x) = y { y := f31(x) }

f31(x) = y { y := f32(x) }

f32(x) = y { y := f33(x) }

f33(x) = y { y := f34(x) }

f34(x) = y { y := f35(x) }

f35(x) = y { y := f36(x) }

f36(x) = y { y := f37(x) }

f37(x) = y { y := f38(x) }

f38(x) = y { y := f39(x) }

f39(x) = y { y := f40(x) }

f40(x) = y { y := f41(x) }

f41(x) = y { y := f42(x) }

f42(x) = y { y := f43(x) }

f43(x) = y { y := f44(x) }

f44(x) = y { y := f45(x) }

f45(x) = y { y := f46(x) }

f46(x) = x
