import { describe, expect, it } from "vitest";
import { type BundleRole, bundleRoles, guessRole } from "../../src/formats/role.rules.ts";

const examples: Record<BundleRole, string> = {
  WEIGHTS: `model.safetensors model-00001-of-00004.safetensors model.safetensors.index.json pytorch_model.bin
    pytorch_model.bin.index.json tf_model.h5 flax_model.msgpack rust_model.ot model.ckpt.index adapter_model.safetensors
    adapter_model.bin onnx/model.onnx onnx/model_quantized.onnx model.onnx_data model.onnx.data llama-7b.Q4_K_M.gguf
    artifacts/model/model.pkl model/python_model.pkl model/data/model.pth model.xgb model.lgb model.cb model.ubj model.cbm
    models/clf-model.mlem model.joblib classifier.sav random_forest.pkl pipeline.joblib model.skops model.keras
    model.weights.h5 best.hdf5 saved_model.pb variables/variables.index variables/variables.data-00000-of-00001
    keras_metadata.pb frozen_inference_graph.pb model.ckpt-1000.meta model.ckpt-1000.data-00000-of-00001 checkpoint
    model.tflite model.pmml best.pt last.pth model.mlmodel model.plan unet/diffusion_pytorch_model.safetensors
    booster.json model.txt weights.npz`,
  PREPROCESSOR: `preprocessor_config.json processor_config.json preprocessor.pkl scaler.pkl standard_scaler.joblib
    minmax_scaler.sav vectorizer.pkl tfidf_vectorizer.joblib label_encoder.pkl one_hot_encoder.joblib encoder.joblib
    imputer.pkl column_transformer.pkl pca.joblib feature_extractor.json`,
  TOKENIZER: `tokenizer.json tokenizer_config.json vocab.txt vocab.json merges.txt special_tokens_map.json
    added_tokens.json spiece.model sentencepiece.bpe.model tokenizer.model chat_template.jinja source.spm
    assets/vocab.txt tokenizer/vocab.json dict.txt tekken.json`,
  FEATURE_CONFIG:
    "feature_config.json feature_spec.yaml features.yaml feature-schema.json feature_definitions.py",
  FEATURES:
    "features.parquet feature_names.json features.csv feature_columns.pkl columns.json selected_features.txt",
  THRESHOLDS: "thresholds.json threshold.yaml class_thresholds.json decision_threshold.txt cutoffs.csv",
  EVALUATION_REPORT: `eval_results.json all_results.json test_results.txt metrics.json evaluation.json scores.json
    classification_report.txt confusion_matrix.png training_confusion_matrix.png roc_curve.png roc.json
    eval_results_squad.txt evaluation_report.html precision_recall_curve.csv`,
  MODEL_CARD:
    "README.md README.fr.md model_card.md modelcard.json model-card.yaml MODEL_CARD.md model_card/README.md",
  SIGNATURE: "signature.json MLmodel model/MLmodel model_signature.yaml input_schema.json",
  OTHER: `config.json generation_config.json conda.yaml python_env.yaml requirements.txt input_example.json LICENSE
    .gitattributes fingerprint.pb optimizer.pt scheduler.pt training_args.bin rng_state.pth trainer_state.json
    train.py dvc.lock data.npy notes.pdf a/b/ ..`,
};

describe("the role of a file", () => {
  it.each(bundleRoles.flatMap((role) => examples[role].split(/\s+/).map((path) => [path, role] as const)))(
    "%s is probably %s",
    (path, role) => {
      expect(guessRole(path)).toBe(role);
    },
  );

  it("depends on the last part of the path alone, in any case and with any separator", () => {
    expect(guessRole("README.md/model.SAFETENSORS")).toBe("WEIGHTS");
    expect(guessRole("tokenizer\\vocab.TXT")).toBe("TOKENIZER");
    expect(guessRole("")).toBe("OTHER");
  });

  it("is guessed at once, however long the name", () => {
    for (const piece of ["a_", "eval-", "feature_", "_metrics", "model.", "vocab_"])
      expect(bundleRoles).toContain(guessRole(piece.repeat(50_000)));
  });
});
