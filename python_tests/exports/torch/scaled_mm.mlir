"builtin.module"() ({
  "func.func"() <{function_type = (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>) -> (!torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>), sym_name = "main"}> ({
  ^bb0(%arg0: !torch.vtensor<[6,32],f8E4M3FN>, %arg1: !torch.vtensor<[16,32],f8E4M3FN>, %arg2: !torch.vtensor<[],f32>, %arg3: !torch.vtensor<[],f32>, %arg4: !torch.vtensor<[16],f32>):
    %0 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %1 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %2 = "torch.prim.ListConstruct"(%0, %1) : (!torch.int, !torch.int) -> !torch.list<int>
    %3 = "torch.aten.permute"(%arg1, %2) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %4 = "torch.constant.none"() : () -> !torch.none
    %5 = "torch.constant.none"() : () -> !torch.none
    %6 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %7 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %8 = "torch.aten._scaled_mm"(%arg0, %3, %arg2, %arg3, %4, %5, %6, %7) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %9 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %10 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %11 = "torch.prim.ListConstruct"(%9, %10) : (!torch.int, !torch.int) -> !torch.list<int>
    %12 = "torch.aten.permute"(%arg1, %11) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %13 = "torch.constant.none"() : () -> !torch.none
    %14 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %15 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %16 = "torch.aten._scaled_mm"(%arg0, %12, %arg2, %arg3, %arg4, %13, %14, %15) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %17 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %18 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %19 = "torch.prim.ListConstruct"(%17, %18) : (!torch.int, !torch.int) -> !torch.list<int>
    %20 = "torch.aten.permute"(%arg1, %19) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %21 = "torch.constant.none"() : () -> !torch.none
    %22 = "torch.constant.none"() : () -> !torch.none
    %23 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %24 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %25 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %21, %22, %23, %24, %25) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %26 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %27 = "torch.prims.convert_element_type"(%arg4, %26) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %28 = "torch.constant.none"() : () -> !torch.none
    %29 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %30 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %31 = "torch.aten._scaled_mm"(%arg0, %20, %arg2, %arg3, %27, %28, %29, %30) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %32 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %33 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %34 = "torch.prim.ListConstruct"(%32, %33) : (!torch.int, !torch.int) -> !torch.list<int>
    %35 = "torch.aten.permute"(%arg1, %34) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %36 = "torch.constant.none"() : () -> !torch.none
    %37 = "torch.constant.none"() : () -> !torch.none
    %38 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %39 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %40 = "torch.aten._scaled_mm"(%arg0, %35, %arg2, %arg3, %36, %37, %38, %39) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %41 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %42 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %43 = "torch.prim.ListConstruct"(%41, %42) : (!torch.int, !torch.int) -> !torch.list<int>
    %44 = "torch.aten.permute"(%arg1, %43) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %45 = "torch.constant.none"() : () -> !torch.none
    %46 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %47 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %48 = "torch.aten._scaled_mm"(%arg0, %44, %arg2, %arg3, %arg4, %45, %46, %47) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %49 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %50 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %51 = "torch.prim.ListConstruct"(%49, %50) : (!torch.int, !torch.int) -> !torch.list<int>
    %52 = "torch.aten.permute"(%arg1, %51) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %53 = "torch.constant.none"() : () -> !torch.none
    %54 = "torch.constant.none"() : () -> !torch.none
    %55 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %56 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %57 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %53, %54, %55, %56, %57) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %58 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %59 = "torch.prims.convert_element_type"(%arg4, %58) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %60 = "torch.constant.none"() : () -> !torch.none
    %61 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %62 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %63 = "torch.aten._scaled_mm"(%arg0, %52, %arg2, %arg3, %59, %60, %61, %62) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %64 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %65 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %66 = "torch.prim.ListConstruct"(%64, %65) : (!torch.int, !torch.int) -> !torch.list<int>
    %67 = "torch.aten.permute"(%arg1, %66) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %68 = "torch.constant.none"() : () -> !torch.none
    %69 = "torch.constant.none"() : () -> !torch.none
    %70 = "torch.constant.int"() <{value = 5 : i64}> : () -> !torch.int
    %71 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %72 = "torch.aten._scaled_mm"(%arg0, %67, %arg2, %arg3, %68, %69, %70, %71) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f16>
    %73 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %74 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %75 = "torch.prim.ListConstruct"(%73, %74) : (!torch.int, !torch.int) -> !torch.list<int>
    %76 = "torch.aten.permute"(%arg1, %75) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %77 = "torch.constant.none"() : () -> !torch.none
    %78 = "torch.constant.int"() <{value = 5 : i64}> : () -> !torch.int
    %79 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %80 = "torch.aten._scaled_mm"(%arg0, %76, %arg2, %arg3, %arg4, %77, %78, %79) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f16>
    %81 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %82 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %83 = "torch.prim.ListConstruct"(%81, %82) : (!torch.int, !torch.int) -> !torch.list<int>
    %84 = "torch.aten.permute"(%arg1, %83) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %85 = "torch.constant.none"() : () -> !torch.none
    %86 = "torch.constant.none"() : () -> !torch.none
    %87 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %88 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %89 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %85, %86, %87, %88, %89) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %90 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %91 = "torch.prims.convert_element_type"(%arg4, %90) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %92 = "torch.constant.none"() : () -> !torch.none
    %93 = "torch.constant.int"() <{value = 5 : i64}> : () -> !torch.int
    %94 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %95 = "torch.aten._scaled_mm"(%arg0, %84, %arg2, %arg3, %91, %92, %93, %94) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f16>
    %96 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %97 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %98 = "torch.prim.ListConstruct"(%96, %97) : (!torch.int, !torch.int) -> !torch.list<int>
    %99 = "torch.aten.permute"(%arg1, %98) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %100 = "torch.constant.none"() : () -> !torch.none
    %101 = "torch.constant.none"() : () -> !torch.none
    %102 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %103 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %104 = "torch.aten._scaled_mm"(%arg0, %99, %arg2, %arg3, %100, %101, %102, %103) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %105 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %106 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %107 = "torch.prim.ListConstruct"(%105, %106) : (!torch.int, !torch.int) -> !torch.list<int>
    %108 = "torch.aten.permute"(%arg1, %107) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %109 = "torch.constant.none"() : () -> !torch.none
    %110 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %111 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %112 = "torch.aten._scaled_mm"(%arg0, %108, %arg2, %arg3, %arg4, %109, %110, %111) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %113 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %114 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %115 = "torch.prim.ListConstruct"(%113, %114) : (!torch.int, !torch.int) -> !torch.list<int>
    %116 = "torch.aten.permute"(%arg1, %115) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %117 = "torch.constant.none"() : () -> !torch.none
    %118 = "torch.constant.none"() : () -> !torch.none
    %119 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %120 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %121 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %117, %118, %119, %120, %121) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %122 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %123 = "torch.prims.convert_element_type"(%arg4, %122) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %124 = "torch.constant.none"() : () -> !torch.none
    %125 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %126 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %127 = "torch.aten._scaled_mm"(%arg0, %116, %arg2, %arg3, %123, %124, %125, %126) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %128 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %129 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %130 = "torch.prim.ListConstruct"(%128, %129) : (!torch.int, !torch.int) -> !torch.list<int>
    %131 = "torch.aten.permute"(%arg1, %130) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %132 = "torch.constant.none"() : () -> !torch.none
    %133 = "torch.constant.none"() : () -> !torch.none
    %134 = "torch.constant.int"() <{value = 23 : i64}> : () -> !torch.int
    %135 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %136 = "torch.aten._scaled_mm"(%arg0, %131, %arg2, %arg3, %132, %133, %134, %135) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E5M2>
    %137 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %138 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %139 = "torch.prim.ListConstruct"(%137, %138) : (!torch.int, !torch.int) -> !torch.list<int>
    %140 = "torch.aten.permute"(%arg1, %139) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %141 = "torch.constant.none"() : () -> !torch.none
    %142 = "torch.constant.int"() <{value = 23 : i64}> : () -> !torch.int
    %143 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %144 = "torch.aten._scaled_mm"(%arg0, %140, %arg2, %arg3, %arg4, %141, %142, %143) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E5M2>
    %145 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %146 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %147 = "torch.prim.ListConstruct"(%145, %146) : (!torch.int, !torch.int) -> !torch.list<int>
    %148 = "torch.aten.permute"(%arg1, %147) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %149 = "torch.constant.none"() : () -> !torch.none
    %150 = "torch.constant.none"() : () -> !torch.none
    %151 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %152 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %153 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %149, %150, %151, %152, %153) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %154 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %155 = "torch.prims.convert_element_type"(%arg4, %154) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %156 = "torch.constant.none"() : () -> !torch.none
    %157 = "torch.constant.int"() <{value = 23 : i64}> : () -> !torch.int
    %158 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %159 = "torch.aten._scaled_mm"(%arg0, %148, %arg2, %arg3, %155, %156, %157, %158) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E5M2>
    %160 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %161 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %162 = "torch.prim.ListConstruct"(%160, %161) : (!torch.int, !torch.int) -> !torch.list<int>
    %163 = "torch.aten.permute"(%arg1, %162) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %164 = "torch.constant.none"() : () -> !torch.none
    %165 = "torch.constant.none"() : () -> !torch.none
    %166 = "torch.constant.none"() : () -> !torch.none
    %167 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %168 = "torch.aten._scaled_mm"(%arg0, %163, %arg2, %arg3, %164, %165, %166, %167) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.none, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %169 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %170 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %171 = "torch.prim.ListConstruct"(%169, %170) : (!torch.int, !torch.int) -> !torch.list<int>
    %172 = "torch.aten.permute"(%arg1, %171) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %173 = "torch.constant.none"() : () -> !torch.none
    %174 = "torch.constant.none"() : () -> !torch.none
    %175 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %176 = "torch.aten._scaled_mm"(%arg0, %172, %arg2, %arg3, %arg4, %173, %174, %175) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %177 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %178 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %179 = "torch.prim.ListConstruct"(%177, %178) : (!torch.int, !torch.int) -> !torch.list<int>
    %180 = "torch.aten.permute"(%arg1, %179) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %181 = "torch.constant.none"() : () -> !torch.none
    %182 = "torch.constant.none"() : () -> !torch.none
    %183 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %184 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %185 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%arg4, %181, %182, %183, %184, %185) : (!torch.vtensor<[16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %186 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %187 = "torch.prims.convert_element_type"(%arg4, %186) : (!torch.vtensor<[16],f32>, !torch.int) -> !torch.vtensor<[16],bf16>
    %188 = "torch.constant.none"() : () -> !torch.none
    %189 = "torch.constant.none"() : () -> !torch.none
    %190 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %191 = "torch.aten._scaled_mm"(%arg0, %180, %arg2, %arg3, %187, %188, %189, %190) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.none, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %192 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %193 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %194 = "torch.prim.ListConstruct"(%192, %193) : (!torch.int, !torch.int) -> !torch.list<int>
    %195 = "torch.aten.permute"(%arg1, %194) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %196 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %197 = "torch.aten.unsqueeze"(%arg2, %196) : (!torch.vtensor<[],f32>, !torch.int) -> !torch.vtensor<[1],f32>
    %198 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %199 = "torch.aten.unsqueeze"(%arg3, %198) : (!torch.vtensor<[],f32>, !torch.int) -> !torch.vtensor<[1],f32>
    %200 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %201 = "torch.aten.unsqueeze"(%199, %200) : (!torch.vtensor<[1],f32>, !torch.int) -> !torch.vtensor<[1,1],f32>
    %202 = "torch.constant.none"() : () -> !torch.none
    %203 = "torch.constant.none"() : () -> !torch.none
    %204 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %205 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %206 = "torch.aten._scaled_mm"(%arg0, %195, %197, %201, %202, %203, %204, %205) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[1],f32>, !torch.vtensor<[1,1],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    "func.return"(%8, %16, %31, %40, %48, %63, %72, %80, %95, %104, %112, %127, %136, %144, %159, %168, %176, %191, %206) : (!torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f16>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>) -> ()
  }) : () -> ()
}) : () -> ()
