/**
 * What a pickle of data names when numpy, torch, scikit-learn and pandas write it, and nothing that would run, import,
 * open or fetch what it is given. Listed by running their writers; each name is exact, but for classes of estimators and
 * layers. Being on the list makes a pickle no safer than "not suspect".
 */
const names: Readonly<Record<string, string>> = {
  builtins: "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
  __builtin__:
    "bool bytearray bytes complex dict float frozenset int list long object set slice str tuple unicode xrange",
  copyreg: "_reconstructor",
  copy_reg: "_reconstructor",
  _codecs: "encode",
  collections: "Counter OrderedDict defaultdict deque",
  datetime: "date datetime time timedelta timezone",
  decimal: "Decimal",
  fractions: "Fraction",
  uuid: "UUID",
  pathlib: "PosixPath PurePosixPath PureWindowsPath WindowsPath",
  "joblib.numpy_pickle": "NumpyArrayWrapper",
  "sklearn.externals.joblib.numpy_pickle": "NumpyArrayWrapper",

  numpy:
    "bool_ complex128 complex64 datetime64 dtype float16 float32 float64 int16 int32 int64 int8 matrix mean ndarray " +
    "record str_ timedelta64 uint16 uint32 uint64 uint8",
  "numpy.core.multiarray": "_reconstruct scalar",
  "numpy._core.multiarray": "_reconstruct scalar",
  "numpy.core.numeric": "_frombuffer",
  "numpy._core.numeric": "_frombuffer",
  "numpy.ma": "MaskedArray",
  "numpy.ma.core": "MaskedArray _mareconstruct",
  "numpy.rec": "recarray",
  "numpy.dtypes": "BoolDType Float32DType Float64DType Int32DType Int64DType ObjectDType StrDType UInt8DType",
  "numpy.random._mt19937": "MT19937",
  "numpy.random._pcg64": "PCG64 PCG64DXSM",
  "numpy.random._philox": "Philox",
  "numpy.random._sfc64": "SFC64",
  "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
  "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",

  "scipy.interpolate._bsplines": "BSpline",
  "scipy.interpolate._interpolate": "interp1d",
  "scipy.sparse._coo": "coo_array coo_matrix",
  "scipy.sparse._csc": "csc_array csc_matrix",
  "scipy.sparse._csr": "csr_array csr_matrix",
  "scipy.sparse.coo": "coo_matrix",
  "scipy.sparse.csc": "csc_matrix",
  "scipy.sparse.csr": "csr_matrix",

  pandas:
    "Categorical CategoricalDtype CategoricalIndex DataFrame DatetimeIndex Index Int64Dtype Float64Dtype IntervalIndex " +
    "MultiIndex PeriodDtype PeriodIndex RangeIndex Series StringDtype TimedeltaIndex",
  "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
  "pandas._libs.internals": "_unpickle_block",
  "pandas._libs.tslibs.timedeltas": "_timedelta_unpickle",
  "pandas._libs.tslibs.timestamps": "Timestamp _unpickle_timestamp",
  "pandas.arrays":
    "BooleanArray DatetimeArray FloatingArray IntegerArray PeriodArray StringArray TimedeltaArray",
  "pandas.core.arrays.categorical": "Categorical",
  "pandas.core.arrays.datetimes": "DatetimeArray",
  "pandas.core.dtypes.dtypes": "CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype",
  "pandas.core.frame": "DataFrame",
  "pandas.core.indexes.base": "Index _new_Index",
  "pandas.core.indexes.category": "CategoricalIndex",
  "pandas.core.indexes.datetimes": "DatetimeIndex _new_DatetimeIndex",
  "pandas.core.indexes.interval": "_new_IntervalIndex",
  "pandas.core.indexes.multi": "MultiIndex",
  "pandas.core.indexes.numeric": "Float64Index Int64Index UInt64Index",
  "pandas.core.indexes.range": "RangeIndex",
  "pandas.core.internals.managers": "BlockManager SingleBlockManager",
  "pandas.core.series": "Series",

  torch:
    "Size device bfloat16 bool complex128 complex64 float16 float32 float64 float8_e4m3fn float8_e5m2 int16 int32 int64 " +
    "int8 per_channel_affine per_tensor_affine qint32 qint8 quint8 uint8 " +
    "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage " +
    "FloatStorage HalfStorage IntStorage LongStorage QInt32Storage QInt8Storage QUInt8Storage ShortStorage",
  "torch.storage": "TypedStorage UntypedStorage",
  "torch._utils":
    "_rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_tensor " +
    "_rebuild_tensor_v2 _rebuild_tensor_v3",
  "torch.serialization": "_get_layout",
  "torch.nn.parameter": "Buffer Parameter",
  "torch._C": "Generator",
  "torch.nn.functional": "gelu relu",
  "torch.jit._pickle":
    "build_boollist build_doublelist build_intlist build_tensor_from_id build_tensorlist restore_type_tag",

  "sklearn.utils": "Bunch",
  "sklearn.utils._bunch": "Bunch",
  "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
  "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression",
  "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
  "sklearn.metrics._dist_metrics": "newObj",
  "sklearn.neighbors._ball_tree": "newObj",
  "sklearn.neighbors._kd_tree": "newObj",
};

const allowed = new Map(Object.entries(names).map(([module, list]) => [module, new Set(list.split(" "))]));

/** Rooms of scikit-learn and torch whose classes are estimators, trees, losses, kernels and layers. */
const classModules =
  /^(sklearn\.(_loss|calibration|cluster|compose|covariance|cross_decomposition|decomposition|discriminant_analysis|dummy|ensemble|feature_extraction|feature_selection|gaussian_process|impute|isotonic|kernel_approximation|kernel_ridge|linear_model|manifold|metrics|mixture|multiclass|multioutput|naive_bayes|neighbors|neural_network|pipeline|preprocessing|random_projection|semi_supervised|svm|tree)|torch\.nn\.modules)(\.[a-z0-9_]+)*$/;
const className = /^_?[A-Z][A-Za-z0-9_]*$/;
const generatedUnpickler = /^__pyx_unpickle_[A-Z][A-Za-z0-9]*$/;

/** Modules that every Python has and that can do anything. */
const powerful =
  /^(__builtin__|_?pickle|_?posixsubprocess|asyncio|bdb|builtins|c?profile|cprofile|code|codecs|commands|ctypes|distutils|doctest|ensurepip|functools|http|imp|importlib|inspect|io|marshal|multiprocessing|nt|operator|os|pathlib|pdb|pip|pkgutil|posix|pty|pydoc|runpy|shelve|shutil|socket|sqlite3|ssl|subprocess|sys|tempfile|threading|timeit|trace|types|unittest|urllib2?|venv|webbrowser|zipimport)(\.|$)/i;

export function isPowerfulGlobal(module: string, name: string): boolean {
  return powerful.test(module) && !isAllowedGlobal(module, name);
}

export function isAllowedGlobal(module: string, name: string): boolean {
  if (allowed.get(module)?.has(name)) return true;
  return classModules.test(module) && (className.test(name) || generatedUnpickler.test(name));
}
