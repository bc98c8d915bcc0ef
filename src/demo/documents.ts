// The mutations that load the company. Their answers hold nothing that is needed: everything is named by its own words.
import { gql } from "../client/document.ts";

export const importHistoryDocument = gql`
  mutation DemoHistory($input: ImportHistoryInput!) {
    importHistory(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const recordDatasetDocument = gql`
  mutation DemoDataset($input: RecordDatasetInput!) {
    recordDataset(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const updateModelDocument = gql`
  mutation DemoOwner($input: UpdateModelInput!) {
    updateModel(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const recordLineageDocument = gql`
  mutation DemoLineage($input: RecordLineageInput!) {
    recordLineage(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const createRunDocument = gql`
  mutation DemoRun($input: CreateRunInput!) {
    createRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const logRunDocument = gql`
  mutation DemoLog($input: LogRunInput!) {
    logRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const finishRunDocument = gql`
  mutation DemoFinish($input: FinishRunInput!) {
    finishRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const createLoggedModelDocument = gql`
  mutation DemoLoggedModel($input: CreateLoggedModelInput!) {
    createLoggedModel(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const registerVersionDocument = gql`
  mutation DemoVersion($input: RegisterModelVersionInput!) {
    registerModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const updateVersionDocument = gql`
  mutation DemoImage($input: UpdateModelVersionInput!) {
    updateModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const logVersionMetricsDocument = gql`
  mutation DemoMetrics($input: LogModelVersionMetricsInput!) {
    logModelVersionMetrics(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const transitionDocument = gql`
  mutation DemoMove($input: TransitionModelVersionInput!) {
    transitionModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setAliasDocument = gql`
  mutation DemoAlias($input: SetAliasInput!) {
    setAlias(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setModelTagsDocument = gql`
  mutation DemoTag($input: SetModelTagsInput!) {
    setModelTags(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;
