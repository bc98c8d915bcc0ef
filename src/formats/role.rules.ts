/** What a file is for in the bundle of a model version. */
export const bundleRoles = [
  "WEIGHTS",
  "PREPROCESSOR",
  "TOKENIZER",
  "FEATURE_CONFIG",
  "FEATURES",
  "THRESHOLDS",
  "EVALUATION_REPORT",
  "MODEL_CARD",
  "SIGNATURE",
  "OTHER",
] as const;

export type BundleRole = (typeof bundleRoles)[number];

const report = "(json|ya?ml|csv|tsv|txt|md|html?|pdf|png)";

/** Of a file in any file system. What is longer would be long to look at. */
const longestName = 255;

/**
 * Names as Hugging Face, MLflow, scikit-learn, Keras and TensorFlow projects have them, of the last part of a path in
 * lower case. The first that fits counts, so what looks like weights and is not stands before weights.
 */
const rules: readonly (readonly [BundleRole, RegExp])[] = [
  ["MODEL_CARD", /^(readme|model[_-]?card)(\.[a-z]{2})?(\.(md|markdown|ya?ml|json|txt))?$/],
  [
    "SIGNATURE",
    /^mlmodel$|^(model[_-])?signature\.(json|ya?ml)$|^(in|out)put[_-](schema|spec)\.(json|ya?ml)$/,
  ],
  [
    "THRESHOLDS",
    /(^|[_-])(thresholds?|cut[_-]?offs?)([_-][a-z0-9]+)*\.(json|ya?ml|csv|txt|toml|pkl|joblib|npy)$/,
  ],
  [
    "EVALUATION_REPORT",
    /(^|[_-])all_results\.json$|^(eval|test|predict)[_-]results?([_-][\w-]+)?\.(json|txt|csv)$/,
  ],
  [
    "EVALUATION_REPORT",
    new RegExp(
      String.raw`(^|[_-])(eval(uation)?|metrics?|scores?|(classification|validation|fairness|test|drift)[_-]report|confusion[_-]matrix|(roc|precision[_-]recall|pr|calibration)[_-]curve|roc|shap[_-]summary)([_-][\w-]+)?\.${report}$`,
    ),
  ],
  [
    "TOKENIZER",
    /^(tokenizer([_-][\w-]+)?\.(json|model|pkl|pickle|joblib|bin)|vocab(ulary)?([_-][\w-]+)?\.(txt|json|bpe|model|pkl)|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(jinja|json)|spiece\.model|source\.spm|target\.spm|tekken\.json|(sentencepiece|spm)([_.-][\w.-]+)?\.(model|vocab)|tokenizer\.tiktoken|bpe\.codes|dict(\.[\w-]+)?\.txt)$/,
  ],
  [
    "FEATURE_CONFIG",
    /^feature[_-]?(config(uration)?|spec|schema|def(inition)?s?|store|views?|map|engineering)\.(json|ya?ml|toml|pbtxt|py|txt|cfg|ini)$|^features\.(ya?ml|toml)$/,
  ],
  [
    "PREPROCESSOR",
    /^(pre)?processor([_-][\w-]+)?\.(json|ya?ml|pkl|pickle|joblib|dill)$|^(image_processor|video_preprocessor|feature_extractor)([_-]config)?\.json$|^(\w+[_-])?(pre_?process(or|ing)?|scaler|vectori[sz]er|imputer|(label_|one_?hot_|ordinal_|target_)?encoder|transformer|normali[sz]er|binari[sz]er|discreti[sz]er|pca|tfidf)([_-][\w-]+)?\.(pkl|pickle|joblib|dill|json|onnx|sav)$/,
  ],
  [
    "FEATURES",
    /^(selected[_-]|input[_-]|model[_-])?(features?([_-]?(names?|columns?|list|cols|importances?|sample|values))?|columns)([_-][a-z0-9]+)?\.(json|csv|tsv|txt|parquet|feather|pkl|joblib|npy|npz)$/,
  ],
  [
    "OTHER",
    /^(training_args\.bin|(optimizer|scheduler|scaler|rng_state\w*|random_states?\w*)\.(pt|pth|bin|pkl))$/,
  ],
  [
    "OTHER",
    /^(fingerprint|input_example|dataset|data|sample|test|train|x_test|y_test|x_train|y_train)\.\w+$/,
  ],
  [
    "WEIGHTS",
    /\.(safetensors|gguf|ggml|onnx|ort|pt|pt2|pth|ptl|ckpt|h5|hdf5|keras|tflite|pmml|pfa|mlmodel|msgpack|ot|mar|nemo|engine|plan|caffemodel|params|bin|ubj|bst|xgb|lgb|cbm?|catboost|pkl|pickle|joblib|dill|cloudpickle|sav|skops|npz|rds|mlem)$/,
  ],
  ["WEIGHTS", /\.(safetensors|bin|ckpt|msgpack|h5|gguf)\.index\.json$|\.onnx([._])data$/],
  [
    "WEIGHTS",
    /^(saved_model|keras_metadata|frozen\w*|\w*_?graph|model)\.pb(txt)?$|^variables\.(index|data-\d{5}-of-\d{5})$/,
  ],
  [
    "WEIGHTS",
    /\.(ckpt(-\d+)?|weights)\.(index|meta|data-\d{5}-of-\d{5})$|^checkpoint$|^(model|booster)[\w-]*\.(txt|json|xml|model)$/,
  ],
];

/** What a file of that path is probably for. */
export function guessRole(path: string): BundleRole {
  const name = path.split(/[/\\]/).at(-1)!.toLowerCase();
  if (name.length > longestName) return "OTHER";
  return rules.find(([, form]) => form.test(name))?.[0] ?? "OTHER";
}
